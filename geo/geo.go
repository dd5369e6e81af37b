// Package geo finds the countries of addresses in a database in MaxMind's
// format, which the operator brings: its licence forbids to ship one.
//
//	places, err := geo.Open("GeoLite2-Country.mmdb")
//	tracker, err := behavior.New(store, behavior.Settings{CountryOf: places.Country})
package geo

import (
	"fmt"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"
)

// Database is an open database. It may be used by many goroutines.
type Database struct{ reader *maxminddb.Reader }

// paths are where databases keep the code of the country: MaxMind's and DB-IP's,
// and those with flat records. The country where an address is comes before
// the one where it is registered.
var paths = [][]any{{"country", "iso_code"}, {"registered_country", "iso_code"}, {"country_code"}, {"country"}}

// Open opens a file. It stays mapped into memory until Close; a newer file
// takes effect when it is opened.
func Open(file string) (*Database, error) {
	reader, err := maxminddb.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open the database of countries: %w", err)
	}
	return &Database{reader: reader}, nil
}

// Country is the code of the country of an address, as the database has it;
// empty when it has none.
func (d *Database) Country(addr netip.Addr) string {
	found := d.reader.Lookup(addr)
	if !found.Found() {
		return ""
	}
	for _, path := range paths {
		var code string
		if err := found.DecodePath(&code, path...); err == nil && code != "" {
			return code
		}
	}
	return ""
}

// Close closes the file. Country must not be called afterwards.
func (d *Database) Close() error { return d.reader.Close() }
