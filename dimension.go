package behavior

import (
	"slices"
	"strings"
)

// Dimension is what an [Insight] groups and filters by. Besides the constants
// it is "metadata:KEY", the value of a key of an interaction's metadata; dots in
// KEY lead into objects within.
type Dimension string

// The dimensions. Values are texts; empty stands for a value that is not known.
const (
	// By the time of what is counted.
	DimensionTime    Dimension = "time"    // in steps of the [Insight.Interval]
	DimensionWeekday Dimension = "weekday" // "1" for Monday to "7" for Sunday
	DimensionHour    Dimension = "hour"    // of the day, "0" to "23"

	// Of the session.
	DimensionEntryPage      Dimension = "entry_page" // the path
	DimensionExitPage       Dimension = "exit_page"
	DimensionSource         Dimension = "source"
	DimensionChannel        Dimension = "channel"
	DimensionReferrer       Dimension = "referrer"
	DimensionUTMSource      Dimension = "utm_source"
	DimensionUTMMedium      Dimension = "utm_medium"
	DimensionUTMCampaign    Dimension = "utm_campaign"
	DimensionUTMTerm        Dimension = "utm_term"
	DimensionUTMContent     Dimension = "utm_content"
	DimensionBrowser        Dimension = "browser"
	DimensionBrowserVersion Dimension = "browser_version"
	DimensionBrowserFamily  Dimension = "browser_family" // see [BrowserFamily]
	DimensionOS             Dimension = "os"
	DimensionDevice         Dimension = "device"
	DimensionScreen         Dimension = "screen"
	DimensionLanguage       Dimension = "language"
	DimensionCountry        Dimension = "country"
	DimensionUser           Dimension = "user_id"
	DimensionVisitor        Dimension = "visitor"
	DimensionSession        Dimension = "session_id"
	DimensionBotReason      Dimension = "bot_reason"

	// Of the page; interactions know theirs where the tracker has told it.
	DimensionHost Dimension = "host"
	DimensionPath Dimension = "path"

	// Of the page view.
	DimensionURL   Dimension = "url"
	DimensionTitle Dimension = "title"

	// Of the interaction.
	DimensionEventType Dimension = "event_type"
	DimensionElement   Dimension = "element"
)

// DimensionLevel is what has a dimension.
type DimensionLevel int

// The levels.
const (
	NoLevel          DimensionLevel = iota // there is no such dimension
	TimeLevel                              // everything, by its time
	SessionLevel                           // sessions, and so all that is in them
	PageLevel                              // page views and interactions
	PageViewLevel                          // page views alone
	InteractionLevel                       // interactions alone
)

// metadataPrefix begins the dimensions of metadata.
const metadataPrefix = "metadata:"

// dimensionFacts is what is known of a dimension.
type dimensionFacts struct {
	dimension Dimension
	level     DimensionLevel
	field     string // of the kind, see [Kind.Field]
	label     string
}

var dimensionTable = []dimensionFacts{
	{DimensionTime, TimeLevel, "", "Time"},
	{DimensionWeekday, TimeLevel, "", "Weekday"},
	{DimensionHour, TimeLevel, "", "Hour of the day"},
	{DimensionHost, PageLevel, "host", "Host"},
	{DimensionPath, PageLevel, "path", "Page"},
	{DimensionURL, PageViewLevel, "url", "URL"},
	{DimensionTitle, PageViewLevel, "title", "Title"},
	{DimensionEntryPage, SessionLevel, "entry_path", "Entry page"},
	{DimensionExitPage, SessionLevel, "exit_path", "Exit page"},
	{DimensionReferrer, SessionLevel, "referrer", "Referrer"},
	{DimensionSource, SessionLevel, "source", "Source"},
	{DimensionChannel, SessionLevel, "channel", "Channel"},
	{DimensionUTMSource, SessionLevel, "utm_source", "UTM source"},
	{DimensionUTMMedium, SessionLevel, "utm_medium", "UTM medium"},
	{DimensionUTMCampaign, SessionLevel, "utm_campaign", "UTM campaign"},
	{DimensionUTMTerm, SessionLevel, "utm_term", "UTM term"},
	{DimensionUTMContent, SessionLevel, "utm_content", "UTM content"},
	{DimensionBrowser, SessionLevel, "browser", "Browser"},
	{DimensionBrowserVersion, SessionLevel, "browser_version", "Browser version"},
	{DimensionBrowserFamily, SessionLevel, "browser_family", "Browser family"},
	{DimensionOS, SessionLevel, "os", "Operating system"},
	{DimensionDevice, SessionLevel, "device", "Device"},
	{DimensionScreen, SessionLevel, "screen", "Screen"},
	{DimensionLanguage, SessionLevel, "language", "Language"},
	{DimensionCountry, SessionLevel, "country", "Country"},
	{DimensionUser, SessionLevel, "user_id", "User"},
	{DimensionVisitor, SessionLevel, "visitor", "Visitor"},
	{DimensionSession, SessionLevel, "session_id", "Session"},
	{DimensionBotReason, SessionLevel, "bot_reason", "Reason to be taken for a bot"},
	{DimensionEventType, InteractionLevel, "event_type", "Event type"},
	{DimensionElement, InteractionLevel, "element", "Element"},
}

// Dimensions lists all dimensions but those of metadata.
func Dimensions() []Dimension {
	all := make([]Dimension, len(dimensionTable))
	for i, d := range dimensionTable {
		all[i] = d.dimension
	}
	return all
}

func (d Dimension) facts() dimensionFacts {
	if path := d.MetadataPath(); len(path) > 0 {
		return dimensionFacts{d, InteractionLevel, "metadata", "Metadata: " + strings.Join(path, ".")}
	}
	i := slices.IndexFunc(dimensionTable, func(f dimensionFacts) bool { return f.dimension == d })
	if i < 0 {
		return dimensionFacts{}
	}
	return dimensionTable[i]
}

// MetadataPath is where in the metadata of interactions a dimension
// "metadata:a.b" looks: "a", "b". Nil for every other dimension.
func (d Dimension) MetadataPath() []string {
	key, ok := strings.CutPrefix(string(d), metadataPrefix)
	if !ok || key == "" {
		return nil
	}
	return strings.Split(key, ".")
}

// Level says what has the dimension.
func (d Dimension) Level() DimensionLevel { return d.facts().level }

// Field is the name of the field that holds the dimension, of the session, page
// view or interaction; empty for a dimension of time.
func (d Dimension) Field() string { return d.facts().field }

// Label is the dimension's name for people.
func (d Dimension) Label() string { return d.facts().label }
