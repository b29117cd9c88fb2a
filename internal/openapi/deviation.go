package openapi

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// The three places where what GitHub does is not what its description says, or where the validator cannot follow it.

// isMultiSegment is the first: a file's path and a ref's name hold slashes that are not escaped. GitHub marks such
// parameters in a way of its own, which no validator knows.
func (op operation) isMultiSegment(part string) bool {
	name, isParam := strings.CutPrefix(strings.TrimSuffix(part, "}"), "{")
	if !isParam {
		return false
	}
	p := op.Parameters.GetByInAndName(openapi3.ParameterInPath, name)
	return p != nil && p.Extensions["x-multi-segment"] == true
}

// deviate is the second: a conflict of PUT contents is one of two bodies, neither of which requires any member, so
// every body is both and "exactly one" never holds.
func (c *Checker) deviate() error {
	schema := conflict(c.doc)
	if schema == nil || len(schema.OneOf) != 2 {
		return errors.New("PUT contents declares no conflict of two forms: the deviation is not needed any more")
	}
	schema.AnyOf, schema.OneOf = schema.OneOf, nil
	return nil
}

// conflict is the schema of the 409 of PUT contents.
func conflict(doc *openapi3.T) *openapi3.Schema {
	at := doc.Paths.Value("/repos/{owner}/{repo}/contents/{path}")
	if at == nil || at.Put == nil || at.Put.Responses.Status(http.StatusConflict) == nil {
		return nil
	}
	return at.Put.Responses.Status(http.StatusConflict).Value.Content["application/json"].Schema.Value
}

// status is one that GitHub sends and the description leaves out at some operations.
type status struct {
	code   int
	source string
}

// undeclared is the third. Each has a body of the form basic-error, or is a redirect.
var undeclared = []status{
	{http.StatusMovedPermanently, "docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api, follow redirects"},
	{http.StatusTemporaryRedirect, "the same; @octokit/fixtures rename-repository"},
	{http.StatusBadRequest, "docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api, problems parsing JSON; about-the-rest-api/api-versions"},
	{http.StatusUnauthorized, "docs.github.com/rest/authentication/authenticating-to-the-rest-api, failed login limit"},
	{http.StatusForbidden, "docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"},
	{http.StatusNotFound, "docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api, 404 for an existing resource"},
	{http.StatusTooManyRequests, "docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"},
	{http.StatusInternalServerError, "octokit/plugin-retry.js README, what is retried"},
	{http.StatusBadGateway, "octokit/plugin-retry.js README, what is retried"},
	{http.StatusServiceUnavailable, "octokit/plugin-retry.js README, what is retried"},
	{http.StatusGatewayTimeout, "docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api, timeouts"},
}

// undeclared judges an answer whose status the operation does not declare.
func (c *Checker) undeclared(e Exchange) []string {
	if !slices.ContainsFunc(undeclared, func(s status) bool { return s.code == e.Status }) {
		return []string{fmt.Sprintf("the operation declares no status %d", e.Status)}
	}
	if e.Status/100 == 3 && e.ResponseHeader.Get("Location") == "" {
		return []string{"it redirects to no Location"}
	}
	return c.basicError(e)
}

// basicError demands GitHub's form of an error.
func (c *Checker) basicError(e Exchange) []string {
	if media, _, _ := strings.Cut(e.ResponseHeader.Get("Content-Type"), ";"); media != "application/json" {
		return []string{fmt.Sprintf("an error has the type %q", media)}
	}
	body, err := decode(e.ResponseBody)
	if err != nil {
		return []string{"its body is no JSON: " + err.Error()}
	}
	if object, ok := body.(map[string]any); !ok || object["message"] == nil {
		return []string{"an error has no message"}
	}
	return sentences(c.doc.Components.Schemas["basic-error"].Value.VisitJSON(body, openapi3.MultiErrors()))
}
