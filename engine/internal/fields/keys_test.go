package fields_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/enginetest"
	"onebrc/engine/internal/fields"
)

// maxKey is the length of the longest key in most tests of keys.
const maxKey = 200

// keyTable is the simplest hash table of keys. Its slots are flush against a page
// that faults, and so are its names.
type keyTable struct {
	l     *lab
	hash  func(key []byte) uint32
	slots fields.Slots
	lines []byte
	infos []fields.SlotInfo
	names []byte
	used  int // bytes of names
	keys  map[string]uint32
}

// newKeyTable returns a table of 1<<log slots of 2<<shift lines, with room for names.
func newKeyTable(l *lab, log, shift, names int) *keyTable {
	k := &keyTable{l: l, hash: l.kernel.Hash, keys: map[string]uint32{}}
	k.lines = enginetest.Guarded(l.t, fields.SlotUnit<<shift<<log, true)
	k.infos = make([]fields.SlotInfo, 1<<log)
	k.names = enginetest.Guarded(l.t, names+fields.PadAfter, true)
	l.noise(k.names)
	for slot := range 1 << log { // lanes hold anything
		l.noise(k.lines[slot*(fields.SlotUnit<<shift)+fields.SlotUnit:][:fields.SlotUnit<<shift-fields.SlotUnit])
	}
	k.slots = fields.Slots{
		Base: unsafe.Pointer(unsafe.SliceData(k.lines)), Shift: uint64(shift), Mask: 1<<log - 1,
		Info: unsafe.Pointer(unsafe.SliceData(k.infos)), Names: unsafe.Pointer(unsafe.SliceData(k.names)),
	}
	return k
}

// line returns the key's line of a slot.
func (k *keyTable) line(slot uint64) []byte {
	return k.lines[slot<<k.slots.Shift*fields.SlotUnit:][:fields.SlotUnit]
}

// insert puts a new key into the first empty slot from the one where it belongs.
func (k *keyTable) insert(key []byte) {
	if _, found := k.keys[string(key)]; found {
		return
	}
	require.LessOrEqual(k.l.t, k.used+len(key), len(k.names)-fields.PadAfter)
	hash := k.hash(key)
	slot := uint64(hash) & k.slots.Mask
	for k.infos[slot].Entry != 0 {
		slot = (slot + 1) & k.slots.Mask
	}
	k.infos[slot] = fields.SlotInfo{Name: uint64(k.used), Hash: hash, Entry: uint32(len(k.keys)) + 1}
	k.used += copy(k.names[k.used:], key)
	line := k.line(slot)
	copy(line[:fields.KeyBytes], key)
	*(*uint32)(unsafe.Pointer(&line[fields.KeyBytes])) = uint32(len(key)) + 1
	k.keys[string(key)] = uint32(slot << k.slots.Shift)
}

// isNear reports whether Keys finds a key of the table: in the slot where it belongs,
// or in the one after it.
func (k *keyTable) isNear(key string) bool {
	at, found := k.keys[key]
	home := uint64(k.hash([]byte(key)))
	slot := uint64(at) >> k.slots.Shift
	return found && (slot == home&k.slots.Mask || slot == (home+1)&k.slots.Mask)
}

// check runs both passes over keys on a column of keys and compares the slots. Keys that
// are not in the table, or too far from the slot where they belong, must stop the pass.
func (k *keyTable) check(keys ...string) {
	k.l.t.Helper()
	k.checkPass(k.l.kernel.Keys, keys)
	k.checkPass(k.l.kernel.KeysAhead, keys)
}

// checkPass is check for one of the passes.
func (k *keyTable) checkPass(pass fields.KeysPass, keys []string) {
	l := k.l
	l.t.Helper()
	columns := 1 + l.r.IntN(4)
	f := l.r.IntN(columns)
	for i := range l.places {
		p := &l.places[i]
		scratch := p.tile.Seps[:min(len(p.tile.Seps), (len(keys)+fields.GroupRows)*columns+1)]
		l.noise(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(scratch))), 4*len(scratch)))
		data, c := column(p.tile, keys, f, columns, byte(l.r.Uint32()))
		require.LessOrEqual(l.t, len(data), fields.TileBytes)
		base := p.put(l, data)
		room := (len(keys) + fields.GroupRows - 1) / fields.GroupRows * fields.GroupRows * 4
		out := p.out[:room]
		if p.atEnd {
			out = p.out[len(p.out)-room:]
		}
		at := unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(out))), len(keys))
		before := bytes.Clone(k.lines)
		for row := 0; row < len(keys); row++ {
			var stop int
			var hash uint32
			l.noFault(data, func() { stop = pass(base, &c, row, len(keys), &k.slots, unsafe.SliceData(at), &hash) })
			if stop < row || stop > len(keys) {
				l.t.Fatalf("%s: keys from %d to %d stopped at %d", l.kernel.Name, row, len(keys), stop)
			}
			for ; row < stop; row++ {
				if want := k.keys[keys[row]]; !k.isNear(keys[row]) || at[row] != want {
					l.t.Fatalf("%s: key %q of %d rows got %d, want %d, near %v", l.kernel.Name, keys[row], len(keys), at[row], want, k.isNear(keys[row]))
				}
			}
			if stop == len(keys) {
				break
			}
			want := l.kernel.Hash([]byte(keys[stop]))
			if hash != want {
				l.t.Fatalf("%s: hash of %q is %#x, want %#x", l.kernel.Name, keys[stop], hash, want)
			}
			if k.isNear(keys[stop]) {
				l.t.Fatalf("%s: stopped at %q, which is where it belongs or next to it", l.kernel.Name, keys[stop])
			}
		}
		if !p.kept(base, data) || !bytes.Equal(before, k.lines) {
			l.t.Fatalf("%s: keys wrote to its input", l.kernel.Name)
		}
	}
}

// checkAll runs keys on many keys, in several tiles.
func (k *keyTable) checkAll(keys []string) {
	k.l.t.Helper()
	for len(keys) > 0 {
		n, size := 0, 0
		for n < len(keys) && n < 40 && size+len(keys[n])+8 < fields.TileBytes {
			size += len(keys[n]) + 8
			n++
		}
		k.check(keys[:n]...)
		keys = keys[n:]
	}
}

// randomKey returns a key of n bytes.
func (l *lab) randomKey(n int) string {
	b := make([]byte, n)
	l.noise(b)
	return string(b)
}

// keyLengths returns the lengths of keys to test.
func keyLengths() (all []int) {
	for n := 0; n <= maxKey; n += 1 + n/80*(step(8)-1) {
		all = append(all, n)
	}
	return all
}

// TestHash compares the hash that keys returns with Hash, for keys of all lengths, and
// checks that nothing around a key changes it.
func TestHash(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		empty := newKeyTable(l, 4, 1, 0)
		for n := 0; n <= maxKey; n++ {
			key := l.randomKey(n)
			want := l.kernel.Hash([]byte(key))
			for range 10 {
				around := []byte(l.randomKey(300))
				at := l.r.IntN(100)
				copy(around[at:], key)
				require.Equal(t, want, l.kernel.Hash(around[at:][:n]))
			}
			empty.check(key, key)
		}
		for _, n := range []int{500, 5000, fields.TileBytes - 8} {
			empty.check(l.randomKey(n))
		}
		require.Equal(t, l.kernel.Hash(nil), l.kernel.Hash([]byte{}))
	})
}

// TestHashCoversKeys flips each bit of a key: the hash and its lower bits, which select
// a slot, must nearly always change.
func TestHashCoversKeys(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		flips, same, sameSlot := 0, 0, 0
		for n := 1; n <= maxKey; n++ {
			key := []byte(l.randomKey(n))
			want := l.kernel.Hash(key)
			for bit := range 8 * n {
				key[bit/8] ^= 1 << (bit % 8)
				got := l.kernel.Hash(key)
				key[bit/8] ^= 1 << (bit % 8)
				flips++
				if got == want {
					same++
				}
				if (got^want)&0xffff == 0 {
					sameSlot++
				}
			}
		}
		require.Less(t, same, 1+flips/1000, "of %d", flips)
		require.Less(t, sameSlot, 1+flips/1000, "of %d", flips)
	})
}

// TestHashSpreads counts how many of 1<<16 slots are used by as many keys that are
// much alike. Random hashes use 63 % of them.
func TestHashSpreads(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		digits := func(k int) string {
			return string([]byte{'0' + byte(k/10000), '0' + byte(k/1000%10), '0' + byte(k/100%10), '0' + byte(k/10%10), '0' + byte(k%10)})
		}
		for _, around := range [][2]string{{"", ""}, {"/abc/", ""}, {"/abc/de/fgh/", ""}, {"", "/abc/de/fgh/ijk/lmn"},
			{strings.Repeat("x", 40), ""}, {strings.Repeat("x", 59), ""}, {strings.Repeat("x", 100), "y"}, {"x", strings.Repeat("y", 90)}} {
			used := map[uint32]bool{}
			for k := range 1 << 16 {
				used[l.kernel.Hash([]byte(around[0]+digits(k)+around[1]))&0xffff] = true
			}
			require.Greater(t, len(used), 60*(1<<16)/100, "%q", around)
		}
	})
}

// TestKeysLengths looks up keys of all lengths, which are prefixes of each other, and
// then those that are not in the table.
func TestKeysLengths(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for shift := range 4 {
			k := newKeyTable(l, 12, shift, 1<<18)
			var in, out []string
			long, zeros := l.randomKey(maxKey), strings.Repeat("\x00", maxKey)
			for _, n := range keyLengths() {
				in = append(in, long[:n], l.randomKey(n))
				out = append(out, zeros[:n], l.randomKey(n))
			}
			for i, key := range in {
				if i%7 < 6 {
					k.insert([]byte(key))
				}
			}
			k.insert(nil)
			for range 3 {
				all := slices.Concat(in, in, out)
				l.r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
				k.checkAll(all)
			}
			for _, key := range out {
				k.insert([]byte(key))
			}
			k.checkAll(slices.Concat(in, out))
		}
	})
}

// TestKeysDiffer puts the keys that differ from one in one byte, in length or in what
// follows into a table of one slot, so that only the comparison tells them apart.
func TestKeysDiffer(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for _, n := range keyLengths() {
			k := newKeyTable(l, 0, 1, n)
			key := l.randomKey(n)
			k.insert([]byte(key))
			others := []string{key + "\x00", key + "\x00\x00\x00\x00", key + "x", key + key + "y", ""}
			for at := range n {
				other := []byte(key)
				other[at] ^= 1 << l.r.IntN(8)
				others = append(others, string(other), key[:at])
			}
			var all []string
			for _, other := range others {
				all = append(all, key, other)
			}
			k.checkAll(all)
		}
	})
}

// TestKeysCollide has full tables, where most keys are not where they belong.
func TestKeysCollide(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for log := range 8 {
			k := newKeyTable(l, log, 1, 1<<log*100)
			var keys []string
			for len(k.keys) < 1<<log {
				key := l.randomKey(l.r.IntN(100))
				keys = append(keys, key, l.randomKey(l.r.IntN(100)))
				k.insert([]byte(key))
			}
			k.checkAll(keys)
		}
	})
}

// TestKeysNext has tables of two slots, where a key is in the slot after the one where
// it belongs. It is found if another key is where it belongs, and not if no key is.
func TestKeysNext(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for _, n := range keyLengths() {
			if n == 0 {
				continue
			}
			for home := range uint64(2) {
				k := newKeyTable(l, 1, 1+l.r.IntN(3), 2*n)
				fresh := func(slot uint64) string {
					for {
						key := l.randomKey(n)
						if _, found := k.keys[key]; !found && uint64(k.hash([]byte(key)))&1 == slot {
							return key
						}
					}
				}
				first := fresh(home)
				k.insert([]byte(first))
				second := fresh(home)
				k.insert([]byte(second))
				third := fresh(home)
				require.True(t, k.isNear(second))
				k.check(first, second, first, third, second, fresh(1-home), first)
				clear(k.line(home))
				delete(k.keys, first)
				delete(k.keys, second)
				k.check(first, second, third)
			}
		}
	})
}

// TestKeysAtEnd has keys at the end of the largest tile, and rows of every number.
func TestKeysAtEnd(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		k := newKeyTable(l, 6, 1, 2*fields.TileBytes)
		keys := []string{"", "a", "ab", strings.Repeat("k", 30), strings.Repeat("k", 64), strings.Repeat("z", 200)}
		for _, key := range keys {
			k.insert([]byte(key))
		}
		for rows := 0; rows <= 3*fields.GroupRows; rows++ {
			for range 4 {
				var all []string
				for range rows {
					all = append(all, keys[l.r.IntN(len(keys)-1)])
				}
				k.check(all...)
			}
		}
		long := strings.Repeat("l", fields.TileBytes-1000)
		k.insert([]byte(long))
		k.check(long, "")
		k.check("", long)
		k.check("", long[:len(long)-1])
		k.check(long[:len(long)-1] + "m")
	})
}
