package behavior

import (
	"regexp"
	"sync"
)

// pageKeyForm is what the key of a page looks like that a server has recorded
// itself, see [CollectInput.PageKey].
var pageKeyForm = regexp.MustCompile(`^[0-9a-f]{16}$`)

// pageLoads remembers which load of a page has used the page's key.
type pageLoads struct {
	mu    sync.Mutex
	loads recent[string] // by the page's key
}

// maxPageLoads is how many keys each generation of pageLoads holds.
const maxPageLoads = 1 << 15

// owns reports whether a page load is the one that a page was served for: the
// first that uses its key. Another one has it out of a cache, and is a page
// view of its own.
func (p *pageLoads) owns(load, key string) bool {
	if !pageKeyForm.MatchString(key) {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	owner, known := p.loads.get(key)
	if !known {
		p.loads.set(key, load)
	}
	return !known || owner == load
}

// viewKey is the event key of the page view with a number: the first one may
// have been recorded already, when the page was served, by a batch that had the
// key for its page load.
func (b *batch) viewKey(n int64) string {
	if n == 1 && b.ownsKey {
		return (&CollectInput{Page: b.in.PageKey}).key(n)
	}
	return b.in.key(n)
}
