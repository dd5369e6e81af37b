package behavior

// recent is a map that forgets what has not been asked for lately. It holds
// two generations: when the young one is full it becomes the old one, and the
// one that was old is dropped. It is not safe for concurrent use.
type recent[V any] struct {
	limit      int // of one generation
	young, old map[string]V
}

func newRecent[V any](limit int) recent[V] {
	return recent[V]{limit: limit, young: make(map[string]V)}
}

// get returns the value of a key, if it is known still.
func (r *recent[V]) get(key string) (V, bool) {
	if v, ok := r.young[key]; ok {
		return v, true
	}
	v, ok := r.old[key]
	if ok {
		r.set(key, v)
	}
	return v, ok
}

// set gives a key a value.
func (r *recent[V]) set(key string, v V) {
	if len(r.young) >= r.limit {
		r.old, r.young = r.young, make(map[string]V)
	}
	r.young[key] = v
}
