package clickhouse

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/gate"
	"github.com/userbehavior/behavior/internal/record"
)

// Codes of ClickHouse's errors, see system.errors.
const (
	unknownTable    = 60
	unknownDatabase = 81
	timeoutExceeded = 159
	unknownUser     = 192
	wrongPassword   = 193
	accessDenied    = 497
	authentication  = 516
)

// unusable are the codes of errors that say nothing about the question: the
// server, its disk, its memory or its cluster fails, or our tables are not
// within reach.
var unusable = []int32{
	unknownTable, unknownDatabase, unknownUser, wrongPassword, accessDenied, authentication,
	3, 32, 33, 74, 75, 76, 159, 160, 164, 173, 198, 202, 203, 209, 210, 218, 225, 236, 241, 242, 243, 252, 279, 285, 286, 289, 319, 394, 425, 439, 999,
}

// passing are the codes of errors that a moment's waiting may mend: too many
// questions at once, the quorum of another's insert, a replica that lags behind,
// an insert of which the server does not know what became of it, for one because
// another server was cut off in the middle of it, Keeper.
var passing = []int32{32, 33, 202, 203, 286, 289, 319, 999}

// code is the code of an error, zero for those that the server did not send.
func code(err error) int32 {
	var server *clickhouse.Exception
	if errors.As(err, &server) {
		return server.Code
	}
	return 0
}

// lost reports whether an error is that of a connection: the server has said
// nothing.
func lost(err error) bool {
	var own record.Foreign
	var invalid behavior.Invalid
	if err == nil || code(err) != 0 || errors.As(err, &own) || errors.As(err, &invalid) || errors.As(err, &ours{}) {
		return false
	}
	return gate.Domain(err) == nil
}

// ours is an error of our own making, which no connection is to blame for.
type ours struct{ error }

// unreached reports whether an error is that of a connection which was never
// made: the server has heard nothing.
func unreached(err error) bool {
	var network *net.OpError
	return errors.As(err, &network) && network.Op == "dial"
}

// translate puts an error into the domain's. The driver's errors stay inside:
// their text remains, their types do not.
func translate(what string, err error) error {
	var own record.Foreign
	var invalid behavior.Invalid
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own.Err
	case errors.As(err, &invalid):
		return fmt.Errorf("%s: %w", what, invalid)
	}
	if known := gate.Domain(err); known != nil {
		return fmt.Errorf("%s: %w%s", what, known, strings.TrimPrefix(oneLine(err), known.Error()))
	}
	if lost(err) || slices.Contains(unusable, code(err)) {
		return fmt.Errorf("%s: %w: %s", what, behavior.ErrUnavailable, reason(err))
	}
	return fmt.Errorf("%s: %s", what, oneLine(err))
}

// reason says in a sentence why the server cannot be used.
func reason(err error) string {
	var network *net.OpError
	var name *net.DNSError
	var answer *clickhouse.HTTPError
	switch code(err) {
	case unknownUser, wrongPassword, authentication:
		return "ClickHouse refuses the user or the password"
	case accessDenied:
		return "ClickHouse does not give the user the rights: " + oneLine(err)
	case unknownDatabase, unknownTable:
		return "our tables are not there: run `behavior migrate`"
	}
	switch {
	case errors.As(err, &name):
		return "cannot connect to ClickHouse: there is no host " + name.Name
	case errors.As(err, &network) && network.Addr != nil && network.Timeout() && !unreached(err):
		return fmt.Sprintf("no answer from ClickHouse at %s", network.Addr)
	case errors.As(err, &network) && network.Addr != nil:
		return fmt.Sprintf("cannot reach ClickHouse at %s: %s", network.Addr, oneLine(network.Err))
	case errors.As(err, &answer):
		return fmt.Sprintf("the server answers HTTP %d %s, and not as ClickHouse does", answer.StatusCode, http.StatusText(answer.StatusCode))
	case lost(err):
		return "the connection to ClickHouse was lost: " + bare(err)
	}
	return oneLine(err)
}

// bare is an error's text without the steps that the driver has come through,
// and without the address.
func bare(err error) string {
	var request *url.Error
	if errors.As(err, &request) {
		return oneLine(request.Err)
	}
	text := oneLine(err)
	for _, step := range []string{"failed to query server hello: ", "failed to query server hello info: ", "sendQuery: ", "readData: "} {
		text = strings.TrimPrefix(text, step)
	}
	return text
}

// misled adds to the error of a server that has been reached, but never spoke as
// it should, which ports there are: one of another protocol is taken easily.
func misled(opening, err error, config *clickhouse.Options) error {
	switch {
	case !lost(err) || unreached(err):
		return opening
	case config.Protocol == clickhouse.HTTP:
		return fmt.Errorf("%w; ClickHouse listens for HTTP on 8123, or 8443 with TLS (clickhouse+https://), and for clickhouse:// on 9000", opening)
	}
	return fmt.Errorf("%w; ClickHouse listens for its own protocol on 9000, or 9440 with TLS (secure=true), and for clickhouse+http:// on 8123", opening)
}

// oneLine is the first line of an error's text.
func oneLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}
