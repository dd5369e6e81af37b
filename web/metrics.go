package web

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/userbehavior/behavior"
)

// metrics is what a handler tells a Prometheus server.
type metrics struct {
	requests *prometheus.CounterVec
	page     http.Handler
}

func newMetrics(t *behavior.Tracker) *metrics {
	m := &metrics{requests: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "behavior_http_requests_total", Help: "Requests, by the address that they were for and the status of the answer.",
	}, []string{"route", "status"})}
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		m.requests, trackerMetrics{t},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	m.page = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return m
}

// count notes an answer. Addresses that are none count as one.
func (m *metrics) count(route string, status int) {
	if m == nil {
		return
	}
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
}

// metricsPage answers a Prometheus server: one on this machine, one that comes
// as a trusted peer, or one that is staff.
func (h *handler) metricsPage(w http.ResponseWriter, r *http.Request) error {
	if h.settings.Metrics == behavior.MetricsStaff && !h.near(r) {
		caller, err := h.caller(r)
		if err != nil {
			return err
		}
		if !caller.User.Staff {
			return forbidden(caller.User)
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	h.metrics.page.ServeHTTP(w, r)
	return nil
}

// near reports whether a request comes from this machine or from a trusted
// peer itself, rather than through one.
func (h *handler) near(r *http.Request) bool {
	addr := h.clientAddr(r)
	return addr.IsLoopback() || h.tracker.TrustedProxy(addr)
}

// trackerMetrics reads a tracker's numbers when they are asked for.
type trackerMetrics struct{ tracker *behavior.Tracker }

var (
	eventsDesc = prometheus.NewDesc("behavior_events_collected_total",
		"Events that browsers sent, by what became of them, and by the reason where they were refused.", []string{"outcome", "reason"}, nil)
	lostDesc = prometheus.NewDesc("behavior_events_lost_total",
		"Events that browsers dropped before they could send them.", nil, nil)
	rowsDesc = prometheus.NewDesc("behavior_rows_stored_total",
		"Records and progress of records that the store has taken.", nil, nil)
	queueDesc = prometheus.NewDesc("behavior_queue_rows",
		"Records that wait to be stored.", nil, nil)
	appendDesc = prometheus.NewDesc("behavior_append_duration_seconds",
		"How long the store took for a group of records.", nil, nil)
)

// Describe names the metrics.
func (trackerMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{eventsDesc, lostDesc, rowsDesc, queueDesc, appendDesc} {
		out <- desc
	}
}

// Collect reads the metrics.
func (m trackerMetrics) Collect(out chan<- prometheus.Metric) {
	s := m.tracker.Stats()
	counter := func(desc *prometheus.Desc, n uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), labels...)
	}
	counter(eventsDesc, s.Stored, "stored", "")
	counter(eventsDesc, s.Duplicate, "duplicate", "")
	for _, why := range slices.Sorted(maps.Keys(s.Refused)) {
		counter(eventsDesc, s.Refused[why], "refused", string(why))
	}
	counter(lostDesc, s.Lost)
	counter(rowsDesc, s.Rows)
	out <- prometheus.MustNewConstMetric(queueDesc, prometheus.GaugeValue, float64(s.Queue))
	buckets := make(map[float64]uint64, len(s.Appends.Bounds))
	for i, bound := range s.Appends.Bounds {
		buckets[bound] = s.Appends.Counts[i]
	}
	out <- prometheus.MustNewConstHistogram(appendDesc, s.Appends.Count, s.Appends.Sum, buckets)
}
