package behavior

import "github.com/mileusna/useragent"

// agentBrowsers are browsers, and applications with a browser within, that the
// library takes for another. The first that fits counts: its token stands in
// the agent, with its version behind. Where another text is named, the version
// is behind that one, and may be missing.
var agentBrowsers = []struct{ token, name, version string }{
	// Applications. Most say in front of it which browser they contain.
	{"MicroMessenger/", "WeChat", ""},
	{"Barcelona ", "Threads", ""},
	{"MessengerForiOS;FBAV/", "Messenger", ""},
	{"Orca-Android;FBAV/", "Messenger", ""},
	{"FBAV/", useragent.FacebookApp, ""}, // with the name of the system as its version
	{"Instagram ", useragent.InstagramApp, ""},
	{"musical_ly_", useragent.TiktokApp, ""},
	{"BytedanceWebview", useragent.TiktokApp, "app_version/"},
	{"Snapchat/", "Snapchat", ""},
	{"[Pinterest/", "Pinterest App", "Pinterest/"},
	{"[LinkedInApp]", "LinkedIn App", "[LinkedInApp]/"},
	{"Twitter for iPhone", "Twitter App", "iPhone/"},
	{"TwitterAndroid", "Twitter App", "TwitterAndroid/"},
	{" Line/", "Line", ""},
	{"KAKAOTALK", "KakaoTalk", "KAKAOTALK "},
	{"NAVER(inapp", "Naver App", "NAVER/"},
	{" QQ/", "QQ", ""},
	{"__weibo__", "Weibo", ""},
	{"AlipayClient/", "Alipay", ""},
	{"baiduboxapp/", "Baidu App", ""},
	{"Telegram-Android/", "Telegram", ""},
	{"discord/", "Discord", ""},
	{"GSA/", "Google App", ""},

	// Browsers made from others, whose names they send as well.
	{"YaBrowser/", "Yandex Browser", ""},
	{"UCBrowser/", "UC Browser", ""},
	{"MQQBrowser/", "QQ Browser", ""},
	{"Quark/", "Quark", ""},
	{"VivoBrowser/", "Vivo Browser", ""},
	{"HeyTapBrowser/", "HeyTap Browser", ""},
	{"OculusBrowser/", "Oculus Browser", ""},
	{"NintendoBrowser/", "Nintendo Browser", ""},
	{"Silk/", "Amazon Silk", ""},
	{"Kindle/", "Kindle", ""},
	{"DuckDuckGo/", "DuckDuckGo", ""},
	{"Ddg/", "DuckDuckGo", ""},
	{"(Ecosia ", "Ecosia", "@"},
	{" Brave/", "Brave", ""},
	{" Brave", "Brave", "Version/"},
	{"coc_coc_browser/", "Coc Coc", ""},
	{"Puffin/", "Puffin", ""},
	{"AlohaBrowser/", "Aloha", ""},
	{"Avast/", "Avast Secure Browser", ""},
	{"AVG/", "AVG Secure Browser", ""},
	{"QIHU 360", "360 Browser", "360SE/"},
	{"MetaSr ", "Sogou Explorer", "SogouMobileBrowser/"},
	{"Opera Mini/", useragent.OperaMini, ""},
	{"OPX/", "Opera GX", ""},
	{"(Edition GX", "Opera GX", "OPR/"},
	{"Presto/", useragent.Opera, "Version/"},
	{" Focus/", "Firefox Focus", ""},
	{"SeaMonkey/", "SeaMonkey", ""},
	{"PaleMoon/", "Pale Moon", ""},
	{"Waterfox/", "Waterfox", ""},
	{"Epiphany/", "GNOME Web", ""},
	{"Konqueror/", "Konqueror", ""},
	{"Trident/7.0;", useragent.InternetExplorer, "rv:"},
	{"BB10;", useragent.BlackBerry, "Version/"},

	// Chrome, with the name of a device or program behind.
	{"CrKey/", useragent.Chrome, "Chrome/"},
	{"Web0S", useragent.Chrome, "Chrome/"},
	{"Tesla/", useragent.Chrome, "Chrome/"},
	{"Valve Steam", useragent.Chrome, "Chrome/"},
	{"ArkWeb/", useragent.Chrome, "Chrome/"},
	{"Chromium/", "Chromium", ""},
	{"; wv)", "Android WebView", "Chrome/"},
	{"SamsungBrowser/", useragent.SamsungBrowser, ""},

	// These do not tell.
	{" TV Safari/", "", "?"},
	{"AppleTV", "", "?"},
}

// agentSystems are systems that the library does not know, or takes for
// another whose name stands in the text as well.
var agentSystems = []struct{ token, os, device string }{
	{"Windows Phone", useragent.WindowsPhone, deviceMobile}, // says Android as well
	{"iPod", useragent.IOS, deviceMobile},
	{"KAIOS/", "KaiOS", deviceMobile},
	{"OpenHarmony", "HarmonyOS", deviceMobile},
	{"Sailfish", "Sailfish OS", deviceMobile},
	{"BB10;", useragent.BlackBerry, deviceMobile},
	{"Tizen", "Tizen", ""}, // taken for Android
	{"Web0S", "webOS", deviceTV},
	{"Roku/", "Roku OS", deviceTV},
	{"AppleTV", "tvOS", deviceTV},
	{"PlayStation", "PlayStation", deviceConsole},
	{"Xbox", "Xbox", deviceConsole}, // says Windows as well
	{"Nintendo", "Nintendo", deviceConsole},
	{"FreeBSD", useragent.FreeBSD, deviceDesktop},
	{"OpenBSD", "OpenBSD", deviceDesktop},
	{"NetBSD", "NetBSD", deviceDesktop},
	{"X11; U; Linux armv7l like Android", useragent.Linux, deviceTablet}, // readers of books
	{"X11; Linux", useragent.Linux, deviceDesktop},
	{"GNU/Linux", useragent.Linux, deviceDesktop},
}

// agentDevices are television sets and the boxes at them, whatever their
// system is, and what is no device of ours.
var agentDevices = []struct{ token, device string }{
	{"OculusBrowser/", ""}, {"Tesla/", ""},
	{"SMART-TV", deviceTV}, {"SmartTV", deviceTV}, {"Smart TV", deviceTV}, {" TV Safari/", deviceTV}, {"HbbTV/", deviceTV}, {"NetCast", deviceTV},
	{"BRAVIA", deviceTV}, {"Android TV", deviceTV}, {"AndroidTV", deviceTV}, {"Google TV", deviceTV}, {"GoogleTV", deviceTV}, {"VIDAA/", deviceTV},
	{"CrKey/", deviceTV}, {"Chromecast", deviceTV}, {"MiTV", deviceTV}, {"MIBOX", deviceTV}, {"; AFT", deviceTV},
}
