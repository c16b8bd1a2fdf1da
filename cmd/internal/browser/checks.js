({
	// describe names an element for a message.
	describe(element) {
		let name = element.localName;
		if (element.id) name += "#" + element.id;
		for (const c of element.classList) name += "." + c;
		const text = (element.textContent || element.value || "").trim().replace(/\s+/g, " ");
		return name + ' "' + (text.length > 40 ? text.slice(0, 40) + "…" : text) + '"';
	},

	// rgba returns a CSS colour as red, green and blue from 0 to 255, and alpha from 0 to 1.
	rgba(colour) {
		this.colours ||= new Map();
		if (!this.colours.has(colour)) {
			this.canvas ||= document.createElement("canvas").getContext("2d", {willReadFrequently: true});
			this.canvas.clearRect(0, 0, 1, 1);
			this.canvas.fillStyle = colour;
			this.canvas.fillRect(0, 0, 1, 1);
			const [r, g, b, a] = this.canvas.getImageData(0, 0, 1, 1).data;
			this.colours.set(colour, [r, g, b, a / 255]);
		}
		return this.colours.get(colour);
	},

	// over returns the opaque colour of top with an opacity on the opaque colour bottom.
	over(top, opacity, bottom) {
		const alpha = top[3] * opacity;
		return [0, 1, 2].map(i => top[i] * alpha + bottom[i] * (1 - alpha)).concat(1);
	},

	// luminance is the relative luminance of WCAG 2.2.
	luminance(colour) {
		const [r, g, b] = colour.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	},

	ratio(a, b) {
		const [low, high] = [this.luminance(a), this.luminance(b)].sort((x, y) => x - y);
		return (high + 0.05) / (low + 0.05);
	},

	// opacity is that of an element and of all around it.
	opacity(element) {
		let product = 1;
		for (let e = element; e; e = e.parentElement) product *= +getComputedStyle(e).opacity;
		return product;
	},

	isShape(element) {
		return element instanceof SVGElement && !(element instanceof SVGSVGElement) && !element.closest("defs");
	},

	// paint returns the colour and opacity with which an element fills its area, or an
	// error if that is not one colour.
	paint(element) {
		const style = getComputedStyle(element);
		if (this.isShape(element)) {
			if (style.visibility !== "visible") return null;
			// A point on a shape without a fill is on its stroke.
			const stroke = element.localName === "line" || style.fill === "none";
			const paint = stroke ? style.stroke : style.fill;
			if (paint === "none") return null;
			if (paint.startsWith("url")) return {error: "a pattern or gradient is behind it"};
			return {colour: this.rgba(paint), opacity: (stroke ? style.strokeOpacity : style.fillOpacity) * this.opacity(element)};
		}
		if (style.backgroundImage !== "none") return {error: "an image is behind it"};
		return {colour: this.rgba(style.backgroundColor), opacity: this.opacity(element)};
	},

	// texts returns the places of the texts that the page shows: each text of an SVG, and
	// the first ones of HTML texts with the same look.
	texts() {
		const places = [], seen = new Map();
		const add = (element, rect, colour) => {
			if (!element.checkVisibility({opacityProperty: true, visibilityProperty: true})) return;
			if (!element.closest("svg")) {
				let look = colour;
				for (let e = element; e; e = e.parentElement) look += ">" + e.localName + "." + e.className + getComputedStyle(e).backgroundColor;
				const n = seen.get(look) || 0;
				if (n >= 3) return;
				seen.set(look, n + 1);
			}
			places.push({element, rect, colour});
		};
		const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		while (walker.nextNode()) {
			const node = walker.currentNode, element = node.parentElement, begin = node.data.search(/\S/);
			if (begin < 0 || element.closest("script, style, title, desc, option, noscript, defs, metadata")) continue;
			const rect = () => {
				const range = document.createRange();
				range.setStart(node, begin);
				range.setEnd(node, begin + 1);
				return range.getBoundingClientRect();
			};
			const style = getComputedStyle(element), svg = element.closest("svg") !== null;
			add(element, rect, svg ? style.fill : style.color);
		}
		for (const control of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
			const rect = () => control.getBoundingClientRect();
			add(control, rect, getComputedStyle(control).color);
			if (control.placeholder) add(control, rect, getComputedStyle(control, "::placeholder").color);
		}
		return places;
	},

	contrast(least) {
		const faults = [];
		let checked = 0;
		const scrolled = [...document.querySelectorAll("*")].filter(e => e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight)
			.map(e => [e, e.scrollLeft, e.scrollTop]);
		// A point finds only elements that take part in pointer events.
		const changed = [];
		for (const e of document.body.querySelectorAll("*")) {
			if (getComputedStyle(e).pointerEvents !== "none") continue;
			changed.push([e, e.style.pointerEvents]);
			e.style.pointerEvents = "all";
		}
		for (const {element, rect, colour} of this.texts()) {
			const found = () => {
				const box = rect();
				return document.elementsFromPoint(box.left + box.width / 2, box.top + box.height / 2);
			};
			let stack = found();
			if (!stack.includes(element)) {
				element.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
				stack = found();
			}
			const at = stack.indexOf(element);
			if (at < 0) continue; // clipped: the page does not show it
			checked++;
			const cover = stack.slice(0, at).find(e => {
				if (element.contains(e)) return false;
				const paint = this.paint(e);
				return paint && (paint.error || paint.colour[3] * paint.opacity > 0.1);
			});
			if (cover) {
				faults.push("covered by " + this.describe(cover) + ": " + this.describe(element));
				continue;
			}
			let behind = null, error = "";
			for (const e of stack.slice(at).reverse()) {
				if (e === element && this.isShape(e)) { // its fill is the text, and its stroke may be a halo
					const style = getComputedStyle(e);
					if (style.paintOrder.startsWith("stroke") && style.stroke !== "none" && parseFloat(style.strokeWidth) >= 2) {
						behind = this.rgba(style.stroke);
						error = "";
					}
					continue;
				}
				const paint = this.paint(e);
				if (!paint) continue;
				if (paint.error) {
					error = paint.error;
					continue;
				}
				if (paint.colour[3] * paint.opacity > 0.999) {
					behind = paint.colour;
					error = "";
				} else if (behind) {
					behind = this.over(paint.colour, paint.opacity, behind);
				}
			}
			if (!behind) error ||= "nothing behind it has a colour";
			if (error) {
				faults.push(error + ": " + this.describe(element));
				continue;
			}
			const own = this.opacity(element) * (this.isShape(element) ? getComputedStyle(element).fillOpacity : 1);
			const got = this.ratio(this.over(this.rgba(colour), own, behind), behind);
			if (got < least) {
				faults.push("contrast " + got.toFixed(2) + " (" + colour + " on " + behind.slice(0, 3).map(Math.round) + "): " + this.describe(element));
			}
		}
		for (const [e, value] of changed) e.style.pointerEvents = value;
		for (const [e, left, top] of scrolled) e.scrollTo({left, top, behavior: "instant"});
		return {Faults: faults, Checked: checked};
	},

	layout() {
		const faults = [], root = document.documentElement;
		if (root.scrollWidth > root.clientWidth) {
			faults.push("the page is " + root.scrollWidth + " pixels wide in a window of " + root.clientWidth);
			const wide = [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right + scrollX > root.clientWidth + 1);
			for (const e of wide.slice(0, 5)) faults.push("sticks out: " + this.describe(e));
		}
		for (const svg of document.querySelectorAll("svg")) {
			const frame = svg.getBoundingClientRect();
			const texts = [...svg.querySelectorAll("text")].filter(e => e.textContent.trim() && e.checkVisibility({visibilityProperty: true, opacityProperty: true}))
				.map(element => ({element, box: element.getBoundingClientRect()})).filter(t => t.box.width > 0);
			texts.forEach(({element, box}, i) => {
				if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1) {
					faults.push("cut off: " + this.describe(element));
				}
				for (const other of texts.slice(i + 1)) {
					const width = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
					const height = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
					// The boxes are as high as a line, of which letters take a part.
					if (width > 1 && height > 0.35 * Math.min(box.height, other.box.height)) {
						faults.push("overlap: " + this.describe(element) + " and " + this.describe(other.element));
					}
				}
			});
		}
		return faults;
	},

	// nameOf returns the accessible name of a control or chart.
	nameOf(element) {
		const by = element.getAttribute("aria-labelledby");
		const texts = [element.getAttribute("aria-label"), ...(by ? by.split(/\s+/).map(id => document.getElementById(id)?.textContent) : []),
			...[...(element.labels || [])].map(l => l.textContent)];
		if (element.localName === "svg") texts.push(element.querySelector(":scope > title")?.textContent);
		if (["button", "a", "summary"].includes(element.localName)) texts.push(element.textContent);
		return texts.filter(Boolean).join(" ").trim();
	},

	semantics() {
		const faults = [], all = selector => [...document.querySelectorAll(selector)];
		const fault = (text, element) => faults.push(text + ": " + this.describe(element));
		if (!document.documentElement.lang) faults.push("no language");
		if (!document.title.trim()) faults.push("no title");
		if (all("main").length !== 1) faults.push("not one main");
		if (all("h1").length !== 1) faults.push("not one h1");
		let level = 0;
		for (const h of all("h1, h2, h3, h4, h5, h6")) {
			if (+h.localName[1] > level + 1) fault("skips a level of headings", h);
			level = +h.localName[1];
		}
		const ids = new Set();
		for (const e of all("[id]")) {
			if (ids.has(e.id)) fault("an id used twice", e);
			ids.add(e.id);
		}
		for (const name of ["for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns"]) {
			for (const e of all("[" + name + "]")) {
				for (const id of e.getAttribute(name).split(/\s+/)) if (!ids.has(id)) fault(name + " of an unknown id " + id, e);
			}
		}
		for (const e of all('a[href^="#"]')) if (!ids.has(decodeURIComponent(e.getAttribute("href").slice(1)))) fault("a link to an unknown id", e);
		for (const e of all("table")) if (!e.caption?.textContent.trim()) fault("a table without a caption", e);
		for (const e of all("th")) if (!e.scope) fault("a th without a scope", e);
		for (const e of all("svg")) {
			if (e.getAttribute("aria-hidden") === "true" || e.closest("[aria-hidden=true]")) continue;
			if (!e.getAttribute("role")) fault("an svg without a role", e);
			if (!this.nameOf(e)) fault("an svg without a name", e);
		}
		for (const e of all("button, a, input:not([type=hidden]), select, textarea, summary")) if (!this.nameOf(e)) fault("a control without a name", e);
		for (const e of all("[tabindex]")) if (e.tabIndex > 0) fault("a positive tabindex", e);
		return faults;
	},

	focused() {
		const element = document.activeElement;
		if (!element || element === document.body || element === document.documentElement) return {Name: "", Shown: false};
		const style = getComputedStyle(element);
		const shown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none";
		return {Name: this.describe(element), Shown: shown};
	},
})
