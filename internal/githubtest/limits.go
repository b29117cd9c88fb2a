package githubtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits are what a Server enforces of docs.github.com "Rate limits for the REST API". A zero number is not enforced;
// the zero value enforces nothing, as GitHub Enterprise Server does by default. Each is counted for one App, one installation
// or one named token. Pushes and fetches of git have no such limit.
//
// Public sources do not say which requests "generate content", nor whether one that was in vain counts. Here a write to a
// repository does, also where it is answered with 409 or 422, but a repository_dispatch does not; what a limit refused
// counts against nothing.
type Limits struct {
	// Primary limits the requests of an hour: see [PrimaryLimit]. Requests of an App itself are not in it: their answers
	// have no x-ratelimit headers (actions/create-github-app-token#154, Pix4D/cogito#162).
	Primary bool
	// Users is how many users the organisation of each installation has.
	Users int
	// ContentPerMinute and ContentPerHour limit the requests that generate content.
	ContentPerMinute, ContentPerHour int
	// PointsPerMinute limits the points of requests: a GET has 1, a write 5.
	PointsPerMinute int
	// Concurrent limits the requests that are handled at one time.
	Concurrent int
	// AppsToo holds an App's own requests, which mint tokens, to the limits of points and concurrency. Sources are silent.
	AppsToo bool
	// RetryAfter is what a refusal by a limit other than the primary one tells in retry-after. Zero leaves the header out,
	// as was seen for the creation of content (gofri/go-github-ratelimit#38).
	RetryAfter time.Duration
	// Status is that of every refusal, 403 when zero; 429 is the other one that the page names.
	Status int
}

// PublishedLimits are the numbers of that page.
func PublishedLimits() Limits {
	return Limits{Primary: true, ContentPerMinute: 80, ContentPerHour: 500, PointsPerMinute: 900, Concurrent: 100}
}

// PrimaryLimit returns how many requests an installation may make in an hour: 5,000, and 50 more for each repository and
// for each user above 20, at most 12,500.
func PrimaryLimit(repositories, users int) int {
	return min(12_500, 5_000+50*max(0, repositories-20)+50*max(0, users-20))
}

// bucket is what was counted of one App, installation or token. A Server has one for each, made at its first request.
type bucket struct {
	used    int       // since the window of the primary limit began
	ends    time.Time // of that window
	running int
	content []time.Time // of the last hour
	points  []cost      // of the last minute
}

// cost is what a request took of the points of a minute.
type cost struct {
	at     time.Time
	points int
}

// usage returns the bucket of that name, with nothing in it that is past. The caller holds s.mu.
func (s *Server) usage(name string) *bucket {
	b := s.used[name]
	if b == nil {
		b = &bucket{}
		s.used[name] = b
	}
	now := s.config.Now()
	if !now.Before(b.ends) {
		b.used, b.ends = 0, now.Truncate(time.Second).Add(time.Hour)
	}
	b.content = slices.DeleteFunc(b.content, func(at time.Time) bool { return !at.After(now.Add(-time.Hour)) })
	b.points = slices.DeleteFunc(b.points, func(c cost) bool { return !c.at.After(now.Add(-time.Minute)) })
	return b
}

// enter counts a call of the route and returns what to do once it is answered, or a refusal by a limit.
func (c *call) enter(at *route) (leave func(), no *answer) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	limits, now := c.s.config.Limits, c.s.config.Now()
	b := c.s.usage(c.who.bucket())
	writes := at.method != http.MethodGet
	spent := cost{now, 1}
	if writes {
		spent.points = 5
	}
	creates := writes && at.who == aRepository && at.pattern != dispatches
	if text := c.over(b, spent.points, creates); text != "" {
		return nil, limits.refuse(text)
	}
	b.running++
	b.points = append(b.points, spent)
	if creates {
		b.content = append(b.content, now)
	}
	return func() {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		b.running--
	}, nil
}

const (
	// secondary and blocked are the texts of lock-threads#48 and go-github-ratelimit#38.
	secondary = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
	blocked   = "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later."
)

// over returns the words of the first limit that one more request would break, "" if there is none. The caller holds s.mu.
func (c *call) over(b *bucket, points int, creates bool) string {
	limits := c.s.config.Limits
	spent := 0
	for _, c := range b.points {
		spent += c.points
	}
	minute := 0
	for _, at := range b.content {
		if at.After(c.s.config.Now().Add(-time.Minute)) {
			minute++
		}
	}
	counted := c.who.app == nil || limits.AppsToo
	switch exceeds := func(n, limit int) bool { return limit > 0 && n > limit }; {
	case limits.Primary && c.who.token != nil && b.used >= c.s.primary(c.who):
		return fmt.Sprintf("API rate limit exceeded for %s.", c.who.quota()) // upptime#786
	case counted && exceeds(b.running+1, limits.Concurrent), counted && exceeds(spent+points, limits.PointsPerMinute):
		return secondary
	case creates && (exceeds(minute+1, limits.ContentPerMinute) || exceeds(len(b.content)+1, limits.ContentPerHour)):
		return blocked
	}
	return ""
}

// refuse is the answer to a request that a limit does not let through.
func (l Limits) refuse(text string) *answer {
	status, header := http.StatusForbidden, map[string]string{}
	if l.Status != 0 {
		status = l.Status
	}
	doc := "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"
	if text == secondary || text == blocked {
		doc += "#about-secondary-rate-limits"
		if l.RetryAfter > 0 {
			header["Retry-After"] = strconv.Itoa(int(l.RetryAfter.Seconds()))
		}
	}
	no := refusal(status, text, doc)
	no.header, no.uncounted = header, true
	return &no
}

// countRequest sets the x-ratelimit headers: one bucket per installation, named token, or nobody. An App's own answers have none.
func (s *Server) countRequest(h http.Header, of exchange, a answer) {
	if of.who.app != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !a.uncounted && !strings.HasSuffix(of.r.URL.Path, "/rate_limit") {
		s.usage(of.who.bucket()).used++
	}
	for name, value := range s.rate(of.who) {
		h.Set("X-RateLimit-"+name, strconv.FormatInt(value, 10))
	}
	h.Set("X-RateLimit-Resource", "core")
}

// primary returns how many requests of an hour are whose's. The caller holds s.mu.
func (s *Server) primary(whose identity) int {
	switch {
	case whose.token == nil:
		return 60
	case whose.token.installation == nil:
		return 1_000 // GITHUB_TOKEN, for each repository
	}
	in, repositories := whose.token.installation, 0
	for _, r := range s.repositories {
		if in.covers(r) {
			repositories++
		}
	}
	return PrimaryLimit(repositories, s.config.Limits.Users)
}

// rate is the state of a primary limit, whose window begins with its first request. The caller holds s.mu.
func (s *Server) rate(whose identity) map[string]int64 {
	b, limit := s.usage(whose.bucket()), int64(s.primary(whose))
	used := int64(b.used)
	return map[string]int64{"limit": limit, "used": used, "remaining": max(0, limit-used), "reset": b.ends.Unix()}
}

func (id identity) bucket() string {
	switch {
	case id.app != nil:
		return "app " + id.app.Slug
	case id.token == nil:
		return "anonymous"
	case id.token.installation != nil:
		return fmt.Sprintf("installation %d", id.token.installation.ID)
	}
	return "token " + id.token.Name
}

// quota names whose primary limit is used up.
func (id identity) quota() string {
	if id.token.installation == nil {
		return "installation" // a GITHUB_TOKEN is one of GitHub's own App
	}
	return fmt.Sprintf("installation ID %d", id.token.installation.ID)
}

func rateLimit(c *call) answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	core := c.s.rate(c.who)
	return found(object{"resources": object{"core": core, "search": core}, "rate": core})
}
