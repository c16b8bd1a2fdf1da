package gen

// city is one station of profile "default".
type city struct {
	name       string // 3 to 26 bytes of UTF-8
	meanTenths int16  // mean of its values, in tenths of a degree Celsius
}

// cities has the stations of profile "default": 413 real cities with their mean
// annual temperatures, which come from general knowledge and are good to a degree or
// two. Rows choose a city by its index, so the order is part of the data set: a
// change of any entry changes every file of the profile.
var cities = [...]city{
	// Africa, north and west.
	{"Abidjan", 260}, {"Abuja", 262}, {"Accra", 264}, {"Agadez", 284}, {"Agadir", 184}, {"Alexandria", 205},
	{"Algiers", 182}, {"Aswan", 267}, {"Bamako", 278}, {"Bangui", 260}, {"Benghazi", 199},
	{"Bobo-Dioulasso", 271}, {"Cairo", 214}, {"Casablanca", 177}, {"Conakry", 264}, {"Constantine", 160},
	{"Cotonou", 272}, {"Dakar", 240}, {"Douala", 267}, {"Fès", 173}, {"Freetown", 263}, {"Ghardaïa", 214},
	{"Ibadan", 266}, {"Jos", 219}, {"Kano", 264}, {"Kumasi", 260}, {"Lagos", 268}, {"Libreville", 259},
	{"Lomé", 269}, {"Marrakesh", 196}, {"Monrovia", 263}, {"N'Djamena", 283}, {"Niamey", 293},
	{"Nouadhibou", 213}, {"Nouakchott", 257}, {"Ouagadougou", 283}, {"Port Said", 214}, {"Praia", 244},
	{"Rabat", 172}, {"São Tomé", 256}, {"Tamanrasset", 217}, {"Tangier", 178}, {"Timbuktu", 280},
	{"Tripoli", 200}, {"Tunis", 184}, {"Yaoundé", 238}, {"Las Palmas de Gran Canaria", 212},

	// Africa, east and south.
	{"Addis Ababa", 160}, {"Antananarivo", 179}, {"Blantyre", 222}, {"Bloemfontein", 156},
	{"Brazzaville", 250}, {"Bujumbura", 239}, {"Bulawayo", 189}, {"Cape Town", 162}, {"Dar es Salaam", 258},
	{"Djibouti", 299}, {"Durban", 206}, {"Gaborone", 210}, {"Harare", 184}, {"Hargeisa", 217},
	{"Johannesburg", 155}, {"Kampala", 222}, {"Khartoum", 299}, {"Kinshasa", 253}, {"Kisangani", 249},
	{"Lilongwe", 201}, {"Luanda", 258}, {"Lubumbashi", 208}, {"Lusaka", 199}, {"Mahajanga", 263},
	{"Maputo", 228}, {"Mbabane", 171}, {"Mogadishu", 271}, {"Mombasa", 263}, {"Nairobi", 178},
	{"Port Louis", 236}, {"Port Sudan", 284}, {"Pretoria", 189}, {"Toamasina", 235}, {"Victoria", 271},
	{"Windhoek", 195}, {"Zanzibar City", 260},

	// Europe, north and the isles.
	{"Bergen", 77}, {"Belfast", 92}, {"Birmingham", 98}, {"Copenhagen", 91}, {"Dublin", 98}, {"Edinburgh", 93},
	{"Gothenburg", 81}, {"Helsinki", 59}, {"Jyväskylä", 34}, {"Kiruna", -12}, {"Liverpool", 102},
	{"London", 113}, {"Longyearbyen", -59}, {"Malmö", 88}, {"Oslo", 57}, {"Reykjavík", 46}, {"Riga", 62},
	{"Stavanger", 80}, {"Stockholm", 66}, {"Tallinn", 64}, {"Tampere", 46}, {"Tórshavn", 69}, {"Tromsø", 29},
	{"Trondheim", 53}, {"Vilnius", 67},

	// Europe, west and middle.
	{"Amsterdam", 102}, {"Augsburg", 86}, {"Berlin", 103}, {"Bern", 93}, {"Bordeaux", 142},
	{"Bratislava", 105}, {"Brussels", 105}, {"Budapest", 113}, {"Cologne", 107}, {"Dresden", 97},
	{"Düsseldorf", 108}, {"Frankfurt am Main", 106}, {"Gdańsk", 82}, {"Geneva", 109}, {"Hamburg", 97},
	{"Innsbruck", 95}, {"Kraków", 87}, {"Luxembourg", 93}, {"Lyon", 125}, {"Marseille", 158}, {"Munich", 92},
	{"Nuremberg", 93}, {"Paris", 123}, {"Poznań", 90}, {"Prague", 84}, {"Rotterdam", 104}, {"Salzburg", 94},
	{"Strasbourg", 110}, {"Toulouse", 138}, {"Ulm", 86}, {"Vienna", 104}, {"Warsaw", 85}, {"Wrocław", 92},
	{"Zürich", 93}, {"Łódź", 83},

	// Europe, south.
	{"Alicante", 183}, {"Andorra la Vella", 98}, {"Athens", 192}, {"Barcelona", 182}, {"Belgrade", 125},
	{"Bologna", 142}, {"Bucharest", 108}, {"Cagliari", 176}, {"Cluj-Napoca", 92}, {"Dubrovnik", 164},
	{"Florence", 152}, {"Funchal", 195}, {"Granada", 156}, {"Heraklion", 189}, {"Istanbul", 139},
	{"Lisbon", 175}, {"Ljubljana", 109}, {"Madrid", 150}, {"Milan", 131}, {"Monaco", 164}, {"Málaga", 185},
	{"Naples", 159}, {"Nicosia", 197}, {"Palermo", 185}, {"Podgorica", 153}, {"Porto", 153}, {"Pristina", 103},
	{"Rome", 152}, {"San Marino", 118}, {"Sarajevo", 101}, {"Seville", 192}, {"Skopje", 124}, {"Sofia", 106},
	{"Thessaloniki", 160}, {"Tirana", 152}, {"Valencia", 183}, {"Valletta", 188}, {"Venice", 130},
	{"Zagreb", 107},

	// Europe, east, and northern Asia.
	{"Almaty", 100}, {"Arkhangelsk", 13}, {"Ashgabat", 171}, {"Astana", 35}, {"Baku", 151}, {"Bishkek", 113},
	{"Chișinău", 102}, {"Dnipro", 96}, {"Dushanbe", 147}, {"Irkutsk", 10}, {"Kazan", 46}, {"Khabarovsk", 24},
	{"Kharkiv", 81}, {"Krasnoyarsk", 12}, {"Kyiv", 84}, {"Magadan", -27}, {"Minsk", 67}, {"Moscow", 58},
	{"Murmansk", 6}, {"Norilsk", -93}, {"Novosibirsk", 17}, {"Odesa", 107}, {"Oymyakon", -151},
	{"Petropavlovsk-Kamchatsky", 26}, {"Saint Petersburg", 58}, {"Samarkand", 143}, {"Tashkent", 148},
	{"Tbilisi", 129}, {"Verkhoyansk", -139}, {"Vladivostok", 49}, {"Volgograd", 85}, {"Vorkuta", -53},
	{"Yakutsk", -88}, {"Yekaterinburg", 30}, {"Yerevan", 124},

	// Middle East.
	{"Amman", 177}, {"Ankara", 120}, {"Antalya", 188}, {"Baghdad", 228}, {"Beirut", 209}, {"Damascus", 170},
	{"Doha", 274}, {"Dubai", 280}, {"Erbil", 203}, {"Erzurum", 51}, {"Isfahan", 167}, {"Jeddah", 284},
	{"Jerusalem", 175}, {"Kuwait City", 258}, {"Manama", 267}, {"Mashhad", 149}, {"Mecca", 307},
	{"Muscat", 281}, {"Riyadh", 265}, {"Sana'a", 190}, {"Shiraz", 181}, {"Tehran", 176}, {"Tel Aviv", 203},
	{"İzmir", 179},

	// South Asia.
	{"Ahmedabad", 276}, {"Bengaluru", 240}, {"Chennai", 286}, {"Chittagong", 259}, {"Colombo", 276},
	{"Delhi", 251}, {"Dhaka", 259}, {"Hyderabad", 267}, {"Islamabad", 216}, {"Jaipur", 254}, {"Kabul", 121},
	{"Karachi", 260}, {"Kathmandu", 183}, {"Kochi", 276}, {"Kolkata", 267}, {"Lahore", 243}, {"Mumbai", 273},
	{"Peshawar", 227}, {"Shimla", 136}, {"Thimphu", 123}, {"Thiruvananthapuram", 275}, {"Varanasi", 257},

	// East Asia.
	{"Beijing", 129}, {"Busan", 150}, {"Changsha", 180}, {"Chengdu", 164}, {"Chongqing", 186},
	{"Fukuoka", 173}, {"Guangzhou", 224}, {"Harbin", 50}, {"Hiroshima", 165}, {"Hong Kong", 233},
	{"Incheon", 125}, {"Kunming", 157}, {"Lhasa", 88}, {"Macau", 227}, {"Nagoya", 162}, {"Nagasaki", 174},
	{"Osaka", 171}, {"Pyongyang", 108}, {"Sapporo", 92}, {"Seoul", 128}, {"Shanghai", 171}, {"Taipei", 233},
	{"Tokyo", 158}, {"Ulaanbaatar", -2}, {"Wuhan", 172}, {"Xi'an", 144}, {"Ürümqi", 76},

	// South-east Asia.
	{"Bandung", 235}, {"Bangkok", 287}, {"Chiang Mai", 261}, {"Da Nang", 259}, {"Denpasar", 271},
	{"Hanoi", 239}, {"Ho Chi Minh City", 279}, {"Huế", 252}, {"Jakarta", 272}, {"Kuala Lumpur", 276},
	{"Makassar", 272}, {"Mandalay", 277}, {"Manila", 283}, {"Phnom Penh", 281}, {"Singapore", 272},
	{"Surabaya", 278}, {"Vientiane", 262}, {"Yangon", 275},

	// Oceania.
	{"Adelaide", 174}, {"Alice Springs", 211}, {"Auckland", 154}, {"Brisbane", 205}, {"Canberra", 133},
	{"Christchurch", 118}, {"Darwin", 277}, {"Dunedin", 111}, {"Hobart", 129}, {"Honiara", 268},
	{"Melbourne", 152}, {"Nouméa", 235}, {"Nukuʻalofa", 236}, {"Papeete", 262}, {"Perth", 187},
	{"Port Moresby", 270}, {"Suva", 257}, {"Sydney", 178}, {"Wellington", 129},

	// North America.
	{"Albuquerque", 141}, {"Anchorage", 29}, {"Atlanta", 172}, {"Austin", 207}, {"Baltimore", 133},
	{"Boston", 109}, {"Calgary", 45}, {"Charlotte", 163}, {"Chicago", 101}, {"Cleveland", 107},
	{"Denver", 104}, {"Detroit", 102}, {"Edmonton", 42}, {"Fairbanks", -23}, {"Halifax", 75},
	{"Honolulu", 254}, {"Houston", 209}, {"Iqaluit", -91}, {"Las Vegas", 203}, {"Los Angeles", 186},
	{"Memphis", 172}, {"Miami", 250}, {"Minneapolis", 79}, {"Montréal", 68}, {"Nashville", 156},
	{"New Orleans", 209}, {"New York City", 129}, {"Nuuk", -14}, {"Ottawa", 66}, {"Philadelphia", 132},
	{"Phoenix", 239}, {"Portland", 125}, {"Québec", 42}, {"Salt Lake City", 116}, {"San Diego", 178},
	{"San Francisco", 146}, {"Seattle", 113}, {"St. John's", 50}, {"Toronto", 94}, {"Vancouver", 104},
	{"Washington, D.C.", 146}, {"Whitehorse", -1}, {"Winnipeg", 30}, {"Yellowknife", -43},

	// Middle and South America.
	{"Acapulco", 277}, {"Antofagasta", 168}, {"Arequipa", 147}, {"Asunción", 229}, {"Belém", 263},
	{"Belo Horizonte", 218}, {"Bogotá", 134}, {"Brasília", 214}, {"Buenos Aires", 180}, {"Cancún", 271},
	{"Caracas", 220}, {"Cayenne", 262}, {"Córdoba", 176}, {"Cusco", 117}, {"Georgetown", 270},
	{"Guadalajara", 209}, {"Guayaquil", 260}, {"Havana", 252}, {"Kingston", 274}, {"La Paz", 81},
	{"Managua", 273}, {"Manaus", 270}, {"Medellín", 221}, {"Mexico City", 175}, {"Montevideo", 166},
	{"Mérida", 261}, {"Nassau", 251}, {"Panama City", 278}, {"Paramaribo", 273}, {"Punta Arenas", 63},
	{"Quito", 138}, {"Recife", 257}, {"Rio de Janeiro", 238}, {"Salvador", 253}, {"San José", 206},
	{"San Juan", 272}, {"Santiago", 146}, {"Santo Domingo", 261}, {"São Paulo", 195}, {"Tegucigalpa", 216},
	{"Tijuana", 178}, {"Ushuaia", 57},
}
