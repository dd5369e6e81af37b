package behavior

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// text reads a text; nil leaves it as it is.
func (r *reader) text(code, name string, value any) (string, bool) {
	text, ok := value.(string)
	if !ok && value != nil {
		r.faults.add(code, name, fmt.Sprintf("'%s' must be a text. Found: %s.", name, pythonText(value)), "")
	}
	return text, ok
}

// prefix reads a path; whether it is one is checked with the other settings.
func (r *reader) prefix(name string, value any) {
	if text, ok := r.text("E016", name, value); ok {
		if r.settings.Prefix = text; text == "" {
			checkPrefix(&r.faults, text)
		}
	}
}

// timeZone reads the name of a time zone. "Local" is none: it would mean
// another zone on each machine.
func (r *reader) timeZone(name string, value any) {
	text, ok := r.text("E017", name, value)
	if !ok {
		return
	}
	zone, err := time.LoadLocation(text)
	if err != nil || text == "" || text == "Local" {
		r.faults.add("E017", name, fmt.Sprintf("'%s' names no time zone: '%s'.", name, text),
			"Use a name of the IANA database (e.g., 'Europe/Berlin').")
		return
	}
	r.settings.TimeZone = zone
}

// proxies reads addresses and networks: a list, or one as a text. Nil is none.
func (r *reader) proxies(name string, value any) {
	items, ok := listItems(value)
	if text, isText := value.(string); isText {
		items, ok = []any{text}, true
	}
	if !ok && value != nil {
		r.faults.add("E018", name, fmt.Sprintf("'%s' must be a list of texts.", name), proxiesHint)
		return
	}
	proxies := make([]netip.Prefix, 0, len(items))
	for _, item := range items {
		text, _ := item.(string)
		network, err := parseNetwork(text)
		if err != nil {
			r.faults.add("E018", name, fmt.Sprintf("'%s' names no address or network: '%s'.", name, itemText(item)), proxiesHint)
			continue
		}
		proxies = append(proxies, network)
	}
	r.settings.TrustedProxies = proxies
}

const proxiesHint = "Use IP addresses and networks (e.g., '10.0.0.0/8', '2001:db8::1')."

// parseNetwork reads a network, or an address as the network of it alone.
func parseNetwork(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		return netip.ParsePrefix(text)
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("no address: %q", text)
	}
	addr = addr.Unmap()
	return netip.PrefixFrom(addr, addr.BitLen()), nil
}

// eventTypes reads names; whether they are good is checked with the other settings.
func (r *reader) eventTypes(name string, value any) {
	items, ok := listItems(value)
	if !ok && value != nil {
		r.faults.add("E019", name, fmt.Sprintf("'%s' must be a list of texts.", name), eventTypeHint)
		return
	}
	var types []EventType
	for _, item := range items {
		text, ok := item.(string)
		if !ok {
			r.faults.add("E019", name, fmt.Sprintf("'%s' names '%s', which cannot be an event type.", name, pythonText(item)), eventTypeHint)
			continue
		}
		types = append(types, EventType(text))
	}
	r.settings.EventTypes = types
}

// number reads a whole number above zero; nil leaves it as it is.
func (r *reader) number(name string, value any) (int64, bool) {
	var n int64
	switch v := value.(type) {
	case nil:
		return 0, false
	case int:
		n = int64(v)
	case int64:
		n = v
	case float64:
		if v == float64(int64(v)) {
			n = int64(v)
		}
	}
	if n < 1 {
		r.faults.add("E020", name, fmt.Sprintf("'%s' must be a whole number above zero. Found: %s.", name, pythonText(value)), "")
	}
	return n, n > 0
}

// itemText is a list's item in a message: text as it stands.
func itemText(item any) string {
	if text, ok := item.(string); ok {
		return text
	}
	return pythonText(item)
}
