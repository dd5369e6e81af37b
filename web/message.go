package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/userbehavior/behavior/ui"
)

// messageCookie carries messages from a POST over its redirect to the next
// page. It is signed, so that no other site under the same domain can put
// words into our mouth; the key dies with the process, which at worst loses a
// message.
const messageCookie = "messages"

// maxMessages bounds the cookie.
const maxMessages = 3000

var messageKey = func() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key
}()

// tell shows messages on the next page that the client gets.
func (h *handler) tell(w http.ResponseWriter, r *http.Request, messages ...ui.Message) {
	raw, err := json.Marshal(messages)
	if err != nil || len(raw) > maxMessages {
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: messageCookie, Value: base64.RawURLEncoding.EncodeToString(append(messageSign(raw), raw...)),
		Path: h.settings.Prefix, MaxAge: 60, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: h.secure(r),
	})
}

func messageSign(raw []byte) []byte {
	mac := hmac.New(sha256.New, messageKey)
	mac.Write(raw)
	return mac.Sum(nil)
}

// told returns the messages for this page, and takes the cookie away.
func (h *handler) told(w http.ResponseWriter, r *http.Request) []ui.Message {
	cookie, err := r.Cookie(messageCookie)
	if err != nil {
		return nil
	}
	http.SetCookie(w, &http.Cookie{Name: messageCookie, Path: h.settings.Prefix, MaxAge: -1, HttpOnly: true, Secure: h.secure(r)})
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(cookie.Value))
	if err != nil || len(raw) < sha256.Size || !hmac.Equal(raw[:sha256.Size], messageSign(raw[sha256.Size:])) {
		return nil
	}
	var messages []ui.Message
	if json.Unmarshal(raw[sha256.Size:], &messages) != nil {
		return nil
	}
	return messages
}
