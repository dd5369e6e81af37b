package main

import (
	"fmt"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/geo"
)

// settingGeo names the database of countries.
const settingGeo = "USER_BEHAVIOR_GEO_DATABASE"

// checkGeo looks whether the database of countries can be opened, if there is
// one.
func checkGeo(file string, faults *behavior.Faults) string {
	if file == "" {
		return ""
	}
	places, err := geo.Open(file)
	if err != nil {
		addFault(faults, "E034", settingGeo, fmt.Sprintf("cannot be used: %s", err), "Name a file in MaxMind's format (.mmdb).")
		return ""
	}
	_ = places.Close() // nothing was written
	return file
}

// openCountries opens the database of countries, if there is one, and lets the
// tracker look addresses up in it.
func (h *house) openCountries(file string, settings *behavior.Settings) error {
	if file == "" {
		return nil
	}
	places, err := geo.Open(file)
	if err != nil {
		return err
	}
	h.places, settings.CountryOf = places, places.Country
	return nil
}
