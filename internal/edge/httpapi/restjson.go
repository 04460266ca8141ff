package httpapi

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// restJSON is the protocol of HealthOmics and of Varlake's own operations: they are told by method and raw path,
// members travel in path, query, headers and a JSON body, the code of an error in a header.
type restJSON struct{ router }

func newRESTJSON(list []Route) *restJSON { return &restJSON{newRouter(list)} }

func (*restJSON) decode(in reflect.Value, members []inMember, r request) error {
	return decode(in, members, r)
}

func (*restJSON) encode(x *exchange, status int, out any) error { return encode(x, status, out) }

func (*restJSON) refuse(x *exchange, f failure) {
	x.Header().Set("X-Amzn-ErrorType", f.code)
	x.json(f.status, struct {
		Message string `json:"message"`
	}{f.message})
}

const unknownOperation = "UnknownOperationException"

// routeError says that no operation has the path, or none the method.
type routeError struct {
	status  int
	message string
	allow   string
}

func (e *routeError) Error() string { return e.message }

// router finds routes by the segments of the raw path.
type router map[int][]pattern // by number of segments

type pattern struct {
	segments []string // literal, or {label}
	*Route
}

func newRouter(list []Route) router {
	rt := router{}
	for i := range list {
		segments := strings.Split(list[i].operation.Path, "/")[1:]
		rt[len(segments)] = append(rt[len(segments)], pattern{segments, &list[i]})
	}
	return rt
}

// find gives the request's route and its path labels, percent-decoded once.
func (rt router) find(r *http.Request) (*Route, map[string]string, error) {
	path := r.URL.EscapedPath()
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	var allow []string
	for _, p := range rt[len(segments)] {
		switch {
		case !p.matches(segments):
		case p.operation.Method == r.Method:
			labels, err := p.labels(segments)
			return p.Route, labels, err
		default:
			allow = append(allow, p.operation.Method)
		}
	}
	if len(allow) > 0 {
		slices.Sort(allow)
		return nil, nil, &routeError{http.StatusMethodNotAllowed, "The method is not allowed for this path.",
			strings.Join(allow, ", ")}
	}
	return nil, nil, &routeError{http.StatusNotFound, "No operation has this path.", ""}
}

func isLabel(segment string) bool { return strings.HasPrefix(segment, "{") }

// matches compares literally: dot segments, empty ones and escaped literals
// are nobody's.
func (p pattern) matches(segments []string) bool {
	for i, want := range p.segments {
		got := segments[i]
		if isLabel(want) {
			if got == "" || got == "." || got == ".." {
				return false
			}
		} else if got != want {
			return false
		}
	}
	return true
}

func (p pattern) labels(segments []string) (map[string]string, error) {
	labels := map[string]string{}
	for i, want := range p.segments {
		if !isLabel(want) {
			continue
		}
		name := strings.Trim(want, "{}")
		value, err := url.PathUnescape(segments[i])
		if err != nil || !utf8.ValidString(value) {
			return nil, invalidMember(name, "Member must be percent-encoded UTF-8")
		}
		labels[name] = value
	}
	return labels, nil
}
