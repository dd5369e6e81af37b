package behavior_test

import (
	"fmt"
	"net/http"

	"github.com/userbehavior/behavior"
)

// A configuration chooses among an application's own values by name.
func ExampleParseSettings() {
	environ := []string{ // as os.Environ gives it
		"USER_BEHAVIOR_API_ALLOW_LIST=false",
		"USER_BEHAVIOR_API_EXTRA_PERMISSION_CLASS=app.OnlyFriends",
		"USER_BEHAVIOR_API_PAGE_VIEW_PAGINATION_CLASS=app.BigPages",
		"USER_BEHAVIOR_API_PAGE_VIEW_FILTERSET_CLASS=app.PathFilter",
	}
	settings, err := behavior.ParseSettings(behavior.Environ(environ), behavior.Classes{
		Permissions: map[string]behavior.Permission{
			"app.OnlyFriends": func(_ *http.Request, user behavior.User) bool { return user.Name == "friend" },
		},
		Paginations: map[string]behavior.Pagination{"app.BigPages": behavior.LimitOffset{DefaultLimit: 100, MaxLimit: 1000}},
		FilterSets:  map[string]behavior.FilterSet{"app.PathFilter": {{Name: "path", Field: "path"}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(settings.API.AllowList == behavior.Off, settings.API.PageView.FilterSet[0].Name)
	fmt.Println(settings.API.Permission(nil, behavior.User{Name: "stranger"}))
	// Output:
	// true path
	// false
}

// All that is wrong is told at once.
func ExampleFaults() {
	_, err := behavior.ParseSettings(map[string]any{
		"USER_BEHAVIOR_API_ALLOW_LIST":          "yes",
		"USER_BEHAVIOR_BASE_USER_THROTTLE_RATE": "10/min",
	})
	fmt.Println(err)
	// Output:
	// the settings are faulty:
	// user_behavior.E008_USER_BEHAVIOR_BASE_USER_THROTTLE_RATE: 'USER_BEHAVIOR_BASE_USER_THROTTLE_RATE' has an invalid time unit: 'min'.
	// 	Hint: Valid time units are: second, minute, hour, day.
	// user_behavior.E001_USER_BEHAVIOR_API_ALLOW_LIST: USER_BEHAVIOR_API_ALLOW_LIST is not a boolean.
	// 	Hint: Ensure USER_BEHAVIOR_API_ALLOW_LIST is either True or False.
}
