package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// maxBatch is the largest batch, in bytes.
const maxBatch = 64 << 10

// collectWithin is how long a batch may take to be stored: trackers wait as
// long, and then send it again.
const collectWithin = 30 * time.Second

// wireBatch is a batch as it is sent, see docs/collect.md.
type wireBatch struct {
	Version int         `json:"v"`
	Session string      `json:"s"`
	Page    string      `json:"p"`
	Sent    float64     `json:"t"`
	User    string      `json:"u"`
	Token   string      `json:"k"`
	Lost    float64     `json:"d"`
	Sizes   []float64   `json:"w"` // of the viewport and of the screen
	Locale  string      `json:"l"`
	Zone    string      `json:"z"`
	Events  []wireEvent `json:"b"`
}

// wireEvent is one event of a batch.
type wireEvent struct {
	N        int64           `json:"n"`
	At       float64         `json:"t"`
	Kind     string          `json:"k"`
	Element  string          `json:"e"`
	URL      string          `json:"u"`
	Referrer string          `json:"r"`
	View     int64           `json:"i"`
	Metadata json.RawMessage `json:"m"`
}

// collect takes a batch of a tracker: 204 when all of it is stored.
func (h *handler) collect(w http.ResponseWriter, r *http.Request) error {
	if !h.allowOrigin(w, r) {
		return h.refuseBatch(w, r, detail(http.StatusForbidden, "Pages of this site may not send to this server."))
	}
	switch r.Method {
	case http.MethodOptions:
		return preflight(w)
	case http.MethodPost:
		if err := h.takeBatch(r); err != nil {
			return h.refuseBatch(w, r, err)
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	w.Header().Set("Allow", collectMethods)
	return h.refuseBatch(w, r, detail(http.StatusMethodNotAllowed, fmt.Sprintf("Method %q not allowed.", r.Method)))
}

const collectMethods = "POST, OPTIONS"

// refuseBatch answers an error as JSON: nobody looks at it but developers.
func (h *handler) refuseBatch(w http.ResponseWriter, r *http.Request, err error) error {
	return writeJSON(w, h.reply(r, endpoint{}, err), 0)
}

// takeBatch reads and stores a batch.
func (h *handler) takeBatch(r *http.Request) error {
	addr := h.clientAddr(r)
	if wait, ok := h.collectThrottle(r, behavior.Caller{Addr: network(addr)}); !ok {
		return throttled(wait)
	}
	in, err := readBatch(r)
	if err != nil {
		return err
	}
	in.UserAgent, in.Address, in.Country = r.UserAgent(), addr, h.tracker.Country(r, peerAddr(r), addr)
	// Once it is here a batch is stored and counted, whether its page waits
	// for the answer or is gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), collectWithin)
	defer cancel()
	_, err = h.tracker.Collect(ctx, in)
	if errors.Is(err, behavior.ErrToken) {
		return detail(http.StatusForbidden, "The site's token is missing, forged or expired.")
	}
	return err
}

// network is whom a throttle counts as one: an IPv4 address, or the network
// that one customer gets with IPv6.
func network(addr netip.Addr) netip.Addr {
	if !addr.Is6() {
		return addr
	}
	return netip.PrefixFrom(addr, 64).Masked().Addr()
}

// readBatch reads the body of a request. What is not shaped like a batch is
// answered with a sentence; what is wrong with its values, the tracker says.
func readBatch(r *http.Request) (behavior.CollectInput, error) {
	var none behavior.CollectInput
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind {
	case "text/plain", "application/json":
	default:
		return none, detail(http.StatusUnsupportedMediaType, "Send a batch as JSON, with the type text/plain or application/json.")
	}
	var raw bytes.Buffer
	raw.Grow(int(min(max(r.ContentLength, 0), maxBatch)) + bytes.MinRead)
	if _, err := raw.ReadFrom(http.MaxBytesReader(nil, r.Body, maxBatch)); err != nil {
		return none, fmt.Errorf("read batch: %w", err)
	}
	var wire wireBatch
	if err := json.Unmarshal(raw.Bytes(), &wire); err != nil {
		return none, malformed(err)
	}
	if wire.Version != 1 {
		return none, detail(http.StatusBadRequest, fmt.Sprintf("This server reads version 1 of the format, not %d.", wire.Version))
	}
	return wire.input(), nil
}

// malformed says what keeps a body from being a batch.
func malformed(err error) error {
	var field *json.UnmarshalTypeError
	if errors.As(err, &field) && field.Field != "" {
		return detail(http.StatusBadRequest, fmt.Sprintf("The batch is malformed: %q cannot be a JSON %s.", field.Field, field.Value))
	}
	return detail(http.StatusBadRequest, "The batch is malformed: it is not a JSON object.")
}

// input is the batch as the tracker takes it.
func (b wireBatch) input() behavior.CollectInput {
	token, pageKey, _ := strings.Cut(b.Token, pageKeyMark)
	in := behavior.CollectInput{
		SessionID: b.Session, Page: b.Page, PageKey: pageKey, Sent: b.Sent, UserID: b.User, Token: token, Lost: whole(b.Lost),
		ViewportWidth: b.size(0), ViewportHeight: b.size(1), ScreenWidth: b.size(2), ScreenHeight: b.size(3),
		Language: b.Locale, TimeZone: b.Zone,
		Events: make([]behavior.CollectEvent, len(b.Events)),
	}
	for i, e := range b.Events {
		in.Events[i] = behavior.CollectEvent(e)
	}
	return in
}

// size is one of the sizes, zero when it is not sent.
func (b wireBatch) size(i int) int {
	if i >= len(b.Sizes) {
		return 0
	}
	return whole(b.Sizes[i])
}

// whole is a number of the client's as a small whole number.
func whole(f float64) int { return int(min(max(f, 0), 1<<30)) }

// allowOrigin reports whether the page that a request comes from may send, and
// then lets it see the answer: whether its batch was taken and when to come
// again. There is nothing else to read.
func (h *handler) allowOrigin(w http.ResponseWriter, r *http.Request) bool {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	origins, origin := h.settings.Collect.Origins, r.Header.Get("Origin")
	switch {
	case origins == nil, slices.Contains(origins, "*"):
		header.Set("Access-Control-Allow-Origin", "*")
	case origin == "": // no browser, or one that sends to its own server
		return true
	case slices.Contains(origins, strings.ToLower(origin)):
		header.Set("Access-Control-Allow-Origin", strings.ToLower(origin))
		header.Add("Vary", "Origin")
	default:
		header.Add("Vary", "Origin")
		return ownOrigin(r, origin)
	}
	header.Set("Access-Control-Expose-Headers", "Retry-After")
	return true
}

// ownOrigin reports whether an origin is the host that the request was sent to.
func ownOrigin(r *http.Request, origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// preflight answers a browser that asks before it sends.
func preflight(w http.ResponseWriter) error {
	header := w.Header()
	header.Set("Allow", collectMethods)
	header.Set("Access-Control-Allow-Methods", "POST")
	header.Set("Access-Control-Allow-Headers", "Content-Type")
	header.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
