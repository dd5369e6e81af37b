package behavior

var adminSettings = []setting{
	{name: "ADMIN_SITE_CLASS", read: func(r *reader, name string, value any) {
		r.settings.Admin.Site, _ = class(r, name, value, with(builtinSites, r.classes.AdminSites))
	}},
	switchSetting("ADMIN_HAS_ADD_PERMISSION", func(s *Settings) *Switch { return &s.Admin.HasAdd }),
	switchSetting("ADMIN_HAS_CHANGE_PERMISSION", func(s *Settings) *Switch { return &s.Admin.HasChange }),
	switchSetting("ADMIN_HAS_DELETE_PERMISSION", func(s *Settings) *Switch { return &s.Admin.HasDelete }),
	switchSetting("ADMIN_HAS_MODULE_PERMISSION", func(s *Settings) *Switch { return &s.Admin.HasModule }),
	switchSetting("ADMIN_STAFF_HAS_ALL", func(s *Settings) *Switch { return &s.Admin.StaffHasAll }),
	switchSetting("ADMIN_ENABLED", func(s *Settings) *Switch { return &s.Admin.Enabled }),
	{name: "ADMIN_PAGE_SIZE", form: numberForm, read: func(r *reader, name string, value any) {
		if n, ok := r.number(name, value); ok {
			r.settings.Admin.PageSize = int(min(n, maxPageSize+1))
		}
	}},
	word("ADMIN_SITE_TITLE", func(s *AdminSite) *string { return &s.Title }),
	word("ADMIN_SITE_HEADER", func(s *AdminSite) *string { return &s.Header }),
	word("ADMIN_INDEX_TITLE", func(s *AdminSite) *string { return &s.IndexTitle }),
	{name: "ADMIN_MENU", form: listForm, read: (*reader).menu},
}

var rateSettings = []setting{
	{name: "BASE_USER_THROTTLE_RATE", read: func(r *reader, name string, value any) {
		r.rate(name, value, &r.settings.BaseThrottleRate)
	}},
	{name: "STAFF_USER_THROTTLE_RATE", read: func(r *reader, name string, value any) {
		r.rate(name, value, &r.settings.StaffThrottleRate)
	}},
}

var apiSettings = []setting{
	switchSetting("API_ALLOW_LIST", func(s *Settings) *Switch { return &s.API.AllowList }),
	switchSetting("API_ALLOW_RETRIEVE", func(s *Settings) *Switch { return &s.API.AllowRetrieve }),
	switchSetting("API_ALLOW_CREATE", func(s *Settings) *Switch { return &s.API.AllowCreate }),
	switchSetting("API_ALLOW_UPDATE", func(s *Settings) *Switch { return &s.API.AllowUpdate }),
	switchSetting("API_ALLOW_DELETE", func(s *Settings) *Switch { return &s.API.AllowDelete }),
	switchSetting("API_INTERACTION_TIMESTAMP", func(s *Settings) *Switch { return &s.API.InteractionTimestamp }),
	permissionSetting("API_EXTRA_PERMISSION_CLASS", func(s *Settings) *Permission { return &s.API.Permission }),
	paginationSetting("API_PAGINATION_CLASS", func(s *Settings) *Pagination { return &s.API.Pagination }),
	parsersSetting("API_PARSER_CLASSES", func(s *Settings) *[]Parser { return &s.API.Parsers }),
}

// ownSettings go beyond the reference, but for the report's permission.
var ownSettings = []setting{
	{name: "REPORT_VIEW_PERMISSION_CLASS", read: func(r *reader, name string, value any) {
		if value == nil {
			r.settings.ReportPermission = AllowAny
			return
		}
		r.settings.ReportPermission, _ = class(r, name, value, with(builtinPermissions, r.classes.Permissions))
	}},
	{name: "PREFIX", read: (*reader).prefix},
	{name: "TIME_ZONE", read: (*reader).timeZone},
	{name: "TRUSTED_PROXIES", form: listForm, read: (*reader).proxies},
	{name: "EVENT_TYPES", form: listForm, read: (*reader).eventTypes},
	{name: "MAX_BODY", form: numberForm, read: func(r *reader, name string, value any) {
		if n, ok := r.number(name, value); ok {
			r.settings.MaxBody = n
		}
	}},
	{name: "MAX_QUEUE", form: numberForm, read: func(r *reader, name string, value any) {
		if n, ok := r.number(name, value); ok {
			r.settings.MaxQueue = int(n)
		}
	}},
}

// commandSettings are read by the command behavior itself.
var commandSettings = []setting{
	{name: "ADDR"}, {name: "DATA_DIR"}, {name: "DATABASE_URL"}, {name: "ACCOUNTS_URL"}, {name: "MEMORY_LIMIT"}, {name: "LOG_LEVEL"},
	{name: "GEO_DATABASE"},
}

// resourceSettings are the settings of one resource of the API.
func resourceSettings[T, In any](
	prefix string, kind Kind, of func(*Settings) *Resource[T, In], serializers func(Classes) map[string]Serializer[T, In],
) []setting {
	return []setting{
		{name: prefix + "_SERIALIZER_CLASS", read: func(r *reader, name string, value any) {
			of(&r.settings).Serializer, _ = class(r, name, value, serializers(r.classes))
		}},
		{name: prefix + "_ORDERING_FIELDS", form: listForm, read: func(r *reader, name string, value any) {
			r.fields(name, value, &of(&r.settings).OrderingFields)
		}},
		{name: prefix + "_SEARCH_FIELDS", form: listForm, read: func(r *reader, name string, value any) {
			r.fields(name, value, &of(&r.settings).SearchFields)
		}},
		{name: prefix + "_THROTTLE_CLASSES", form: listForm, read: func(r *reader, name string, value any) {
			if text, ok := value.(string); ok {
				value = []string{text} // as the reference documents it
			}
			of(&r.settings).throttleClasses = classList(r, name, value, r.classes.throttleClasses())
		}},
		paginationSetting(prefix+"_PAGINATION_CLASS", func(s *Settings) *Pagination { return &of(s).Pagination }),
		permissionSetting(prefix+"_EXTRA_PERMISSION_CLASS", func(s *Settings) *Permission { return &of(s).Permission }),
		parsersSetting(prefix+"_PARSER_CLASSES", func(s *Settings) *[]Parser { return &of(s).Parsers }),
		{name: prefix + "_FILTERSET_CLASS", read: func(r *reader, name string, value any) {
			of(&r.settings).FilterSet, _ = class(r, name, value, r.classes.filterSets(kind))
		}},
	}
}

func switchSetting(name string, of func(*Settings) *Switch) setting {
	return setting{name: name, form: boolForm, read: func(r *reader, name string, value any) {
		r.boolean(name, value, of(&r.settings))
	}}
}

// permissionSetting is a permission. Nil is the same as not set: for a resource
// the API's permission then holds. A resource is opened under a closed API by
// naming AllowAny; nothing is open by accident.
func permissionSetting(name string, of func(*Settings) *Permission) setting {
	return setting{name: name, read: func(r *reader, name string, value any) {
		*of(&r.settings), _ = class(r, name, value, with(builtinPermissions, r.classes.Permissions))
	}}
}

// paginationSetting is a pagination. Nil is [Unpaged].
func paginationSetting(name string, of func(*Settings) *Pagination) setting {
	return setting{name: name, read: func(r *reader, name string, value any) {
		if value == nil {
			*of(&r.settings) = Unpaged{}
			return
		}
		*of(&r.settings), _ = class(r, name, value, with(builtinPaginations, r.classes.Paginations))
	}}
}

// parsersSetting is a list of parsers. Nil is the same as not set; an empty list
// is no parsers at all.
func parsersSetting(name string, of func(*Settings) *[]Parser) setting {
	return setting{name: name, form: listForm, read: func(r *reader, name string, value any) {
		if value != nil {
			*of(&r.settings) = classList(r, name, value, with(builtinParsers, r.classes.Parsers))
		}
	}}
}
