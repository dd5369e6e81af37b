package behavior

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// ErrToken says that a batch came without a token of the site, or with one that is
// forged or too old.
var ErrToken = errors.New("site token missing, forged or expired")

// SiteTokenTime is how long a token of [SiteToken] is good.
const SiteTokenTime = time.Hour

// SiteToken makes a token for the pages of a site, good for [SiteTokenTime]
// from now on. With the same key in [CollectSettings.TokenKey] only pages that
// carry a token can send, so that strangers cannot make events up. The page
// gives it to the script in the attribute data-token, where it may put a newer
// one at any time:
//
//	<script defer src="/user_behavior/tracker.js" data-token="{{.Token}}"></script>
func SiteToken(key string, now time.Time) string {
	expiry := strconv.FormatInt(now.Add(SiteTokenTime).Unix(), 36)
	return expiry + "." + tokenSignature(key, expiry)
}

// checkToken reports whether a token was made with the key and is still good.
func checkToken(key, token string, now time.Time) bool {
	expiry, signature, _ := strings.Cut(token, ".")
	seconds, err := strconv.ParseInt(expiry, 36, 64)
	genuine := hmac.Equal([]byte(signature), []byte(tokenSignature(key, expiry)))
	return err == nil && genuine && now.Unix() <= seconds
}

// tokenSignature signs an expiry. The words before it keep the signature from
// being one of something else, should the key ever serve another purpose.
func tokenSignature(key, expiry string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte("behavior site token\x00" + expiry))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
