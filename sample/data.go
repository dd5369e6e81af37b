package sample

// What the visits are made up of. The weights are shares of all.

// weighted is something that comes up in proportion to its weight.
type weighted[T any] struct {
	weight int
	what   T
}

// machine is a user agent and its screen.
type machine struct {
	agent, screen, viewport string
	touch, bot              bool
}

var devices = []weighted[machine]{
	{24, machine{agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36", screen: "1920x1080", viewport: "1903x937"}},
	{9, machine{agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36", screen: "1728x1117", viewport: "1512x860"}},
	{7, machine{agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15", screen: "1440x900", viewport: "1440x789"}},
	{8, machine{agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0", screen: "1536x864", viewport: "1519x730"}},
	{6, machine{agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0", screen: "1920x1080", viewport: "1920x947"}},
	{3, machine{agent: "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", screen: "2560x1440", viewport: "1280x1332"}},
	{19, machine{agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", screen: "393x852", viewport: "393x660", touch: true}},
	{14, machine{agent: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36", screen: "412x915", viewport: "412x785", touch: true}},
	{4, machine{agent: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", screen: "384x854", viewport: "384x700", touch: true}},
	{3, machine{agent: "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", screen: "820x1180", viewport: "820x1106", touch: true}},
	{2, machine{agent: "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", bot: true}},
	{1, machine{agent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)", bot: true}},
}

// place is where somebody is, and the language of the browser.
type place struct{ country, language string }

var places = []weighted[place]{
	{22, place{"DE", "de-DE"}}, {16, place{"CH", "de-CH"}}, {9, place{"AT", "de-AT"}}, {12, place{"FR", "fr-FR"}}, {8, place{"IT", "it-IT"}},
	{9, place{"GB", "en-GB"}}, {13, place{"US", "en-US"}}, {4, place{"NL", "nl-NL"}}, {3, place{"IN", "en-IN"}}, {2, place{"BR", "pt-BR"}}, {2, place{"JP", "ja-JP"}},
}

// arrival is what brings somebody to the shop.
type arrival struct{ referrer, query string }

var arrivals = []weighted[arrival]{
	{30, arrival{}},
	{24, arrival{referrer: "https://www.google.com/"}},
	{4, arrival{referrer: "https://duckduckgo.com/"}},
	{3, arrival{referrer: "https://www.bing.com/"}},
	{9, arrival{query: "?utm_source=newsletter&utm_medium=email&utm_campaign=autumn"}},
	{8, arrival{referrer: "https://www.google.com/", query: "?utm_source=google&utm_medium=cpc&utm_campaign=lamps&utm_term=reading+lamp"}},
	{6, arrival{referrer: "https://www.instagram.com/"}},
	{3, arrival{referrer: "https://www.facebook.com/", query: "?utm_source=facebook&utm_medium=paid-social&utm_campaign=chairs"}},
	{6, arrival{referrer: "https://chatgpt.com/"}},
	{2, arrival{referrer: "https://www.perplexity.ai/"}},
	{3, arrival{referrer: "https://www.youtube.com/"}},
	{3, arrival{referrer: "https://www.houses-and-rooms.example/ten-quiet-chairs"}},
	{2, arrival{query: "?ref=joiners-guild"}},
}

// landings are the pages that visits begin with, below the shop's address.
var landings = []weighted[string]{
	{45, ""}, {10, "chairs/"}, {12, "lamps/"}, {6, "tables/"},
	{9, "product/reading-lamp/"}, {7, "product/oak-chair/"}, {4, "product/low-stool/"}, {3, "product/long-table/"}, {2, "product/garden-lantern/"}, {2, "product/desk/"},
}

// hours is how many come in each hour of a day, in UTC, and weekdays on
// each day of a week, from Sunday on.
var (
	hours    = [24]int{2, 1, 1, 1, 2, 3, 6, 9, 11, 12, 12, 13, 13, 11, 11, 12, 13, 14, 16, 18, 17, 12, 7, 4}
	weekdays = [7]int{9, 13, 12, 12, 12, 10, 7}
)
