package native

import (
	"regexp"
	"sync"
)

// A lateRegexp is compiled when it is first matched. Each statement has a process of its own, which starts with this
// package and needs few of its patterns or none.
type lateRegexp struct {
	compiled func() *regexp.Regexp
}

func late(pattern string) lateRegexp {
	return lateRegexp{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })}
}

func (r lateRegexp) MatchString(s string) bool { return r.compiled().MatchString(s) }

func (r lateRegexp) FindStringSubmatch(s string) []string { return r.compiled().FindStringSubmatch(s) }

func (r lateRegexp) FindStringSubmatchIndex(s string) []int {
	return r.compiled().FindStringSubmatchIndex(s)
}
