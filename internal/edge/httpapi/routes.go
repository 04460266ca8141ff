package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/varlake/varlake/internal/act/ops"
	"github.com/varlake/varlake/internal/wire/omics"
)

// routes binds every operation to its method.
func routes(s *ops.Service) []route {
	return []route{
		op("CreateReferenceStore", s.CreateReferenceStore),
		op("GetReferenceStore", s.GetReferenceStore),
		op("ListReferenceStores", s.ListReferenceStores),
		op("DeleteReferenceStore", s.DeleteReferenceStore),
		op("StartReferenceImportJob", s.StartReferenceImportJob),
		op("GetReferenceImportJob", s.GetReferenceImportJob),
		op("ListReferenceImportJobs", s.ListReferenceImportJobs),
		op("ListReferences", s.ListReferences),
		op("GetReferenceMetadata", s.GetReferenceMetadata),
		op("GetReference", s.GetReference),
		op("DeleteReference", s.DeleteReference),
		op("CreateVariantStore", s.CreateVariantStore),
		op("GetVariantStore", s.GetVariantStore),
		op("UpdateVariantStore", s.UpdateVariantStore),
		op("DeleteVariantStore", s.DeleteVariantStore),
		op("ListVariantStores", s.ListVariantStores),
		op("StartVariantImportJob", s.StartVariantImportJob),
		op("GetVariantImportJob", s.GetVariantImportJob),
		op("CancelVariantImportJob", s.CancelVariantImportJob),
		op("ListVariantImportJobs", s.ListVariantImportJobs),
		op("CreateAnnotationStore", s.CreateAnnotationStore),
		op("GetAnnotationStore", s.GetAnnotationStore),
		op("UpdateAnnotationStore", s.UpdateAnnotationStore),
		op("DeleteAnnotationStore", s.DeleteAnnotationStore),
		op("ListAnnotationStores", s.ListAnnotationStores),
		op("CreateAnnotationStoreVersion", s.CreateAnnotationStoreVersion),
		op("GetAnnotationStoreVersion", s.GetAnnotationStoreVersion),
		op("UpdateAnnotationStoreVersion", s.UpdateAnnotationStoreVersion),
		op("DeleteAnnotationStoreVersions", s.DeleteAnnotationStoreVersions),
		op("ListAnnotationStoreVersions", s.ListAnnotationStoreVersions),
		op("StartAnnotationImportJob", s.StartAnnotationImportJob),
		op("GetAnnotationImportJob", s.GetAnnotationImportJob),
		op("CancelAnnotationImportJob", s.CancelAnnotationImportJob),
		op("ListAnnotationImportJobs", s.ListAnnotationImportJobs),
		op("CreateShare", s.CreateShare),
		op("AcceptShare", s.AcceptShare),
		op("GetShare", s.GetShare),
		op("DeleteShare", s.DeleteShare),
		op("ListShares", s.ListShares),
		op("TagResource", s.TagResource),
		op("UntagResource", s.UntagResource),
		op("ListTagsForResource", s.ListTagsForResource),
	}
}

// route is one operation and how it is served.
type route struct {
	operation operation
	serve     func(*exchange, request) error
}

type operation struct{ omics.Operation }

// operationNamed finds the operation in the contract; not finding it is a
// mistake in this file.
func operationNamed(name string) operation {
	for _, o := range omics.Operations {
		if o.Name == name {
			return operation{o}
		}
	}
	panic("no operation " + name)
}

// check lets an error of the operation's model pass and makes any other an
// internal one: a client cannot handle a code that its SDK does not know.
func (o operation) check(err error) error {
	var e *omics.Error
	if errors.As(err, &e) && !o.Lists(e.Code) {
		return fmt.Errorf("%s answers a code that its model does not list: %v", o.Name, err) // not wrapped: it is an internal error now
	}
	return err
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
	route
}

func newRouter(list []route) router {
	rt := router{}
	for _, r := range list {
		segments := strings.Split(r.operation.Path, "/")[1:]
		rt[len(segments)] = append(rt[len(segments)], pattern{segments, r})
	}
	return rt
}

// find gives the request's route and its path labels, percent-decoded once.
func (rt router) find(r *http.Request) (route, map[string]string, error) {
	path := r.URL.EscapedPath()
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	var allow []string
	for _, p := range rt[len(segments)] {
		switch {
		case !p.matches(segments):
		case p.operation.Method == r.Method:
			labels, err := p.labels(segments)
			return p.route, labels, err
		default:
			allow = append(allow, p.operation.Method)
		}
	}
	if len(allow) > 0 {
		slices.Sort(allow)
		return route{}, nil, &routeError{http.StatusMethodNotAllowed, "The method is not allowed for this path.", strings.Join(allow, ", ")}
	}
	return route{}, nil, &routeError{http.StatusNotFound, "No operation has this path.", ""}
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
