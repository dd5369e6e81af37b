package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// clientAddr is the address that a request came from. What X-Forwarded-For
// says is believed as far as trusted proxies say it: the client is the first
// hop, seen from here, that is not one of them. The zero Addr: unknown.
func (h *handler) clientAddr(r *http.Request) netip.Addr {
	addr := peerAddr(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && h.tracker.TrustedProxy(addr); i-- {
		hop := parseAddr(strings.TrimSpace(hops[i]))
		if !hop.IsValid() {
			break
		}
		addr = hop
	}
	return addr
}

// peerAddr is the address at the other end of the connection.
func peerAddr(r *http.Request) netip.Addr { return parseAddr(r.RemoteAddr) }

// parseAddr reads an address with or without a port; the zero Addr when it is none.
func parseAddr(text string) netip.Addr {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

// secure reports whether the client's connection is encrypted, here or at a
// trusted proxy.
func (h *handler) secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	return h.tracker.TrustedProxy(peerAddr(r)) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// origin is the scheme and host that the client asked, "https://example.com".
func (h *handler) origin(r *http.Request) string {
	if h.secure(r) {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
