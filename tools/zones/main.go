// Command zones refreshes country_zones.txt, by which the root package tells
// the country from a browser's time zone, from the tables of the IANA time zone
// database, as systems install them. They are in the public domain. Run it in
// tools:
//
//	go run ./zones > ../country_zones.txt
//	go run ./zones /elsewhere/zoneinfo > ../country_zones.txt
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// moved are former names that the database links to a zone of another country,
// because the clocks were the same there. Empty: no country of its own.
var moved = map[string]string{
	"Africa/Asmera": "ER", "Africa/Timbuktu": "ML", "America/Coral_Harbour": "CA", "America/Virgin": "VI", "Antarctica/South_Pole": "AQ",
	"Atlantic/Jan_Mayen": "SJ", "Iceland": "IS", "Pacific/Johnston": "", "Pacific/Ponape": "FM", "Pacific/Truk": "FM", "Pacific/Yap": "FM",
}

// claimed are zones that several countries claim.
var claimed = map[string]bool{"Europe/Simferopol": true}

func main() {
	log.SetFlags(0)
	dir := "/usr/share/zoneinfo"
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	if err := write(os.Stdout, dir); err != nil {
		log.Fatal(err)
	}
}

// write writes a line for each country: its code and its zones.
func write(w io.Writer, dir string) error {
	countries, err := zones(filepath.Join(dir, "zone.tab"))
	if err != nil {
		return err
	}
	version, links, err := former(filepath.Join(dir, "tzdata.zi"))
	if err != nil {
		return err
	}
	for name, zone := range links {
		if _, has := countries[name]; has {
			continue
		}
		country, special := moved[name]
		if !special {
			country = countries[zone]
		}
		if country != "" {
			countries[name] = country
		}
	}
	byCountry := map[string][]string{}
	for name, country := range countries {
		byCountry[country] = append(byCountry[country], name)
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "# Countries and their time zones, former names included. Made by tools/zones from the IANA time zone\n")
	fmt.Fprintf(out, "# database, version %s, which is in the public domain.\n", version)
	for _, country := range slices.Sorted(maps.Keys(byCountry)) {
		slices.Sort(byCountry[country])
		fmt.Fprintln(out, country, strings.Join(byCountry[country], " "))
	}
	return out.Flush()
}

// zones reads the table of zones: to each name the country.
func zones(path string) (map[string]string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	countries := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(fields) < 3 || len(fields[0]) != 2 || claimed[fields[2]] {
			continue
		}
		countries[fields[2]] = fields[0]
	}
	return countries, nil
}

// former reads the database's version, and to each former name the zone that
// it is now.
func former(path string) (version string, links map[string]string, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", nil, err
	}
	links = map[string]string{}
	for line := range strings.Lines(string(raw)) {
		switch fields := strings.Fields(line); {
		case strings.HasPrefix(line, "# version "):
			version = fields[2]
		case len(fields) == 3 && fields[0] == "L":
			links[fields[2]] = fields[1]
		}
	}
	return version, links, nil
}
