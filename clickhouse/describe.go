package clickhouse

import (
	"cmp"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// schemes are how a DSN may begin, and what the driver says for it.
var schemes = map[string]string{
	"clickhouse": "clickhouse", "clickhouse+native": "clickhouse", "clickhouse+http": "http", "clickhouse+https": "https",
}

// errDSN never repeats the DSN: it may hold a password.
var errDSN = errors.New("this is no address of a ClickHouse server; write clickhouse://USER:PASSWORD@HOST:9000/DATABASE, with special characters of the password percent-encoded")

// parse reads a DSN, and sets what it does not. What it says for us goes into
// the options.
func parse(dsn string, options *Options) (*clickhouse.Options, error) {
	scheme, rest, _ := strings.Cut(dsn, "://")
	if schemes[strings.ToLower(scheme)] == "" {
		return nil, errDSN
	}
	scheme = schemes[strings.ToLower(scheme)]
	address, text, _ := strings.Cut(rest, "?")
	values, err := url.ParseQuery(text)
	if err != nil || torn(address, values) {
		return nil, errDSN
	}
	if err := options.take(values); err != nil {
		return nil, err
	}
	if scheme == "https" && !values.Has("secure") {
		values.Set("secure", "true")
	}
	config, err := clickhouse.ParseDSN(scheme + "://" + address + "?" + values.Encode())
	if err != nil {
		return nil, errDSN
	}
	if config.Auth.Database != "" {
		options.Database = config.Auth.Database
	}
	for i, addr := range config.Addr {
		if config.Addr[i] = withPort(addr, config); !named(config.Addr[i]) {
			return nil, errDSN
		}
	}
	config.Auth.Database = "" // tables are named with theirs, which may not exist yet
	config.DialTimeout = cmp.Or(config.DialTimeout, 5*time.Second)
	config.ClientInfo.Products = append(config.ClientInfo.Products, struct{ Name, Version string }{"behavior", "1"})
	if !values.Has("connection_open_strategy") {
		config.ConnOpenStrategy = clickhouse.ConnOpenRoundRobin
	}
	return config, nil
}

// torn reports whether a password that is not percent-encoded has torn a DSN
// apart: what follows a slash, question mark or hash in it would be taken for
// the name of the database or of a parameter, and show in messages.
func torn(address string, values url.Values) bool {
	_, database, _ := strings.Cut(address, "/")
	if strings.Contains(address, "#") || strings.ContainsAny(database, "@/") {
		return true
	}
	for name := range values {
		if strings.Contains(name, "@") {
			return true
		}
	}
	return false
}

// withPort is an address with the port that ClickHouse has for the protocol,
// where it names none.
func withPort(addr string, config *clickhouse.Options) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		host, port = strings.Trim(addr, "[]"), ""
	}
	if port != "" {
		return addr
	}
	switch secure := config.TLS != nil; {
	case config.Protocol == clickhouse.HTTP && secure:
		port = "8443"
	case config.Protocol == clickhouse.HTTP:
		port = "8123"
	case secure:
		port = "9440"
	default:
		port = "9000"
	}
	return net.JoinHostPort(host, port)
}

// named reports whether an address has a host and a port that there can be.
func named(addr string) bool {
	host, port, err := net.SplitHostPort(addr)
	n, fault := strconv.ParseUint(port, 10, 16)
	return err == nil && host != "" && fault == nil && n > 0
}

// take takes the parameters that are ours.
func (o *Options) take(values url.Values) error {
	for name, into := range map[string]*string{"cluster": &o.Cluster, "quorum": &o.Quorum} {
		if values.Has(name) {
			*into = values.Get(name)
			values.Del(name)
		}
	}
	if values.Has("async") {
		async, err := strconv.ParseBool(values.Get("async"))
		if err != nil {
			return errors.New("the parameter async of the address must be true or false")
		}
		o.Async = async
		values.Del("async")
	}
	return nil
}

// CheckDSN says in a sentence why a DSN is none that [Open] can read, without
// what may be a password. It asks no server.
func CheckDSN(dsn string) error {
	var o Options
	if _, err := parse(dsn, &o); err != nil {
		return err
	}
	return o.complete().check()
}

// Describe names the servers and the database of a DSN, without user and
// password.
func Describe(dsn string) string {
	var o Options
	config, err := parse(dsn, &o)
	if err != nil {
		return "clickhouse"
	}
	return "clickhouse://" + strings.Join(config.Addr, ",") + "/" + o.complete().Database
}
