package behavior

// siteBrands are sites with a domain in every country, by its first label.
var siteBrands = map[string]site{
	"google": {"google", siteSearch}, "bing": {"bing", siteSearch}, "yahoo": {"yahoo", siteSearch},
	"yandex": {"yandex", siteSearch}, "duckduckgo": {"duckduckgo", siteSearch}, "baidu": {"baidu", siteSearch},
	"ecosia": {"ecosia", siteSearch}, "startpage": {"startpage", siteSearch}, "qwant": {"qwant", siteSearch},
	"naver": {"naver", siteSearch}, "seznam": {"seznam", siteSearch}, "sogou": {"sogou", siteSearch},
	"pinterest": {"pinterest", siteSocial},
	"amazon":    {"amazon", siteShop}, "ebay": {"ebay", siteShop}, "aliexpress": {"aliexpress", siteShop}, "idealo": {"idealo", siteShop},
}

// siteDomains are sites by domain. A subdomain may be another site than the
// domain above it. An application of Android is named the other way round.
var siteDomains = map[string]site{
	"ya.ru": {"yandex", siteSearch}, "search.brave.com": {"brave", siteSearch}, "kagi.com": {"kagi", siteSearch},
	"so.com": {"360 search", siteSearch}, "ask.com": {"ask", siteSearch}, "search.aol.com": {"aol", siteSearch},
	"dogpile.com": {"dogpile", siteSearch}, "metager.org": {"metager", siteSearch}, "metager.de": {"metager", siteSearch},
	"mojeek.com": {"mojeek", siteSearch}, "swisscows.com": {"swisscows", siteSearch}, "daum.net": {"daum", siteSearch},
	"coccoc.com": {"coccoc", siteSearch}, "go.mail.ru": {"mail.ru", siteSearch}, "sm.cn": {"shenma", siteSearch},
	"com.google.android.googlequicksearchbox": {"google", siteSearch}, "com.google.android.apps.searchlite": {"google", siteSearch},
	"com.duckduckgo.mobile.android": {"duckduckgo", siteSearch}, "com.yandex.searchapp": {"yandex", siteSearch},

	"facebook.com": {"facebook", siteSocial}, "fb.com": {"facebook", siteSocial}, "fb.me": {"facebook", siteSocial},
	"messenger.com": {"facebook", siteSocial}, "com.facebook.katana": {"facebook", siteSocial}, "com.facebook.orca": {"facebook", siteSocial},
	"instagram.com": {"instagram", siteSocial}, "com.instagram.android": {"instagram", siteSocial},
	"threads.net": {"threads", siteSocial}, "threads.com": {"threads", siteSocial}, "com.instagram.barcelona": {"threads", siteSocial},
	"whatsapp.com": {"whatsapp", siteSocial}, "wa.me": {"whatsapp", siteSocial}, "com.whatsapp": {"whatsapp", siteSocial},
	"t.co": {"x", siteSocial}, "twitter.com": {"x", siteSocial}, "x.com": {"x", siteSocial}, "com.twitter.android": {"x", siteSocial},
	"linkedin.com": {"linkedin", siteSocial}, "lnkd.in": {"linkedin", siteSocial}, "com.linkedin.android": {"linkedin", siteSocial},
	"reddit.com": {"reddit", siteSocial}, "redd.it": {"reddit", siteSocial}, "com.reddit.frontpage": {"reddit", siteSocial},
	"tiktok.com": {"tiktok", siteSocial}, "com.zhiliaoapp.musically": {"tiktok", siteSocial}, "com.ss.android.ugc.trill": {"tiktok", siteSocial},
	"bsky.app": {"bluesky", siteSocial}, "go.bsky.app": {"bluesky", siteSocial}, "xyz.blueskyweb.app": {"bluesky", siteSocial},
	"mastodon.social": {"mastodon", siteSocial}, "mastodon.online": {"mastodon", siteSocial}, "org.joinmastodon.android": {"mastodon", siteSocial},
	"t.me": {"telegram", siteSocial}, "telegram.org": {"telegram", siteSocial}, "org.telegram.messenger": {"telegram", siteSocial},
	"discord.com": {"discord", siteSocial}, "com.discord": {"discord", siteSocial}, "quora.com": {"quora", siteSocial},
	"slack.com": {"slack", siteSocial}, "com.slack": {"slack", siteSocial}, "teams.microsoft.com": {"teams", siteSocial},
	"tumblr.com": {"tumblr", siteSocial}, "snapchat.com": {"snapchat", siteSocial}, "com.snapchat.android": {"snapchat", siteSocial},
	"vk.com": {"vk", siteSocial}, "vk.ru": {"vk", siteSocial}, "ok.ru": {"ok", siteSocial}, "com.pinterest": {"pinterest", siteSocial},
	"weibo.com": {"weibo", siteSocial}, "weibo.cn": {"weibo", siteSocial}, "zhihu.com": {"zhihu", siteSocial}, "douyin.com": {"douyin", siteSocial},
	"xiaohongshu.com": {"xiaohongshu", siteSocial}, "weixin.qq.com": {"wechat", siteSocial}, "com.tencent.mm": {"wechat", siteSocial},
	"xing.com": {"xing", siteSocial}, "line.me": {"line", siteSocial}, "pin.it": {"pinterest", siteSocial}, "nextdoor.com": {"nextdoor", siteSocial},
	"news.ycombinator.com": {"hacker news", siteSocial}, "lobste.rs": {"lobsters", siteSocial}, "producthunt.com": {"product hunt", siteSocial},
	"medium.com": {"medium", siteSocial}, "substack.com": {"substack", siteSocial}, "dev.to": {"dev.to", siteSocial},

	"youtube.com": {"youtube", siteVideo}, "youtu.be": {"youtube", siteVideo}, "com.google.android.youtube": {"youtube", siteVideo},
	"vimeo.com": {"vimeo", siteVideo}, "dailymotion.com": {"dailymotion", siteVideo}, "twitch.tv": {"twitch", siteVideo},
	"tv.twitch.android.app": {"twitch", siteVideo}, "bilibili.com": {"bilibili", siteVideo}, "rutube.ru": {"rutube", siteVideo},
	"netflix.com": {"netflix", siteVideo}, "wistia.com": {"wistia", siteVideo}, "odysee.com": {"odysee", siteVideo}, "rumble.com": {"rumble", siteVideo},

	"etsy.com": {"etsy", siteShop}, "walmart.com": {"walmart", siteShop}, "alibaba.com": {"alibaba", siteShop}, "temu.com": {"temu", siteShop},
	"rakuten.co.jp": {"rakuten", siteShop}, "shopping.google.com": {"google shopping", siteShop}, "shop.app": {"shop app", siteShop},
	"mercadolibre.com": {"mercado libre", siteShop}, "mercadolivre.com.br": {"mercado libre", siteShop}, "taobao.com": {"taobao", siteShop},
	"otto.de": {"otto", siteShop}, "zalando.de": {"zalando", siteShop}, "allegro.pl": {"allegro", siteShop}, "bol.com": {"bol", siteShop},
	"com.amazon.mshop.android.shopping": {"amazon", siteShop}, "com.ebay.mobile": {"ebay", siteShop}, "com.etsy.android": {"etsy", siteShop},

	"com.google.android.gm": {"google mail", siteEmail}, "outlook.live.com": {"outlook", siteEmail},
	"outlook.office.com": {"outlook", siteEmail}, "outlook.office365.com": {"outlook", siteEmail}, "outlook.cloud.microsoft": {"outlook", siteEmail},
	"com.microsoft.office.outlook": {"outlook", siteEmail}, "mail.proton.me": {"proton mail", siteEmail}, "ch.protonmail.android": {"proton mail", siteEmail},
	"com.yahoo.mobile.client.android.mail": {"yahoo mail", siteEmail}, "com.samsung.android.email.provider": {"samsung mail", siteEmail},
	"com.fsck.k9": {"k-9 mail", siteEmail}, "net.thunderbird.android": {"thunderbird", siteEmail}, "app.tuta.com": {"tuta", siteEmail},
	"e.mail.ru": {"mail.ru", siteEmail}, "deref-gmx.net": {"gmx", siteEmail}, "deref-web.de": {"web.de", siteEmail},
	"mail.aol.com": {"aol mail", siteEmail}, "app.fastmail.com": {"fastmail", siteEmail}, "mail.zoho.com": {"zoho mail", siteEmail},
	"mail.qq.com": {"qq mail", siteEmail}, "mail.163.com": {"163 mail", siteEmail}, "icloud.com": {"icloud", siteEmail},

	"chatgpt.com": {"chatgpt", siteAI}, "openai.com": {"chatgpt", siteAI}, "com.openai.chatgpt": {"chatgpt", siteAI},
	"perplexity.ai": {"perplexity", siteAI}, "ai.perplexity.app.android": {"perplexity", siteAI},
	"claude.ai": {"claude", siteAI}, "com.anthropic.claude": {"claude", siteAI},
	"gemini.google.com": {"gemini", siteAI}, "bard.google.com": {"gemini", siteAI}, "com.google.android.apps.bard": {"gemini", siteAI},
	"aistudio.google.com": {"google ai studio", siteAI}, "notebooklm.google.com": {"notebooklm", siteAI},
	"copilot.microsoft.com": {"copilot", siteAI}, "copilot.cloud.microsoft": {"copilot", siteAI}, "m365.cloud.microsoft": {"copilot", siteAI},
	"com.microsoft.copilot": {"copilot", siteAI}, "deepseek.com": {"deepseek", siteAI}, "com.deepseek.chat": {"deepseek", siteAI},
	"grok.com": {"grok", siteAI}, "x.ai": {"grok", siteAI}, "mistral.ai": {"mistral", siteAI}, "meta.ai": {"meta ai", siteAI},
	"you.com": {"you.com", siteAI}, "poe.com": {"poe", siteAI}, "phind.com": {"phind", siteAI}, "duck.ai": {"duck.ai", siteAI},
	"kimi.com": {"kimi", siteAI}, "kimi.moonshot.cn": {"kimi", siteAI}, "doubao.com": {"doubao", siteAI}, "qwen.ai": {"qwen", siteAI},
	"yiyan.baidu.com": {"ernie", siteAI}, "manus.im": {"manus", siteAI}, "genspark.ai": {"genspark", siteAI}, "felo.ai": {"felo", siteAI},
	"lmarena.ai": {"lmarena", siteAI}, "pi.ai": {"pi", siteAI}, "character.ai": {"character.ai", siteAI},
}
