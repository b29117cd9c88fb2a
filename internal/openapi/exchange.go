package openapi

import "net/http"

// Exchange is a request to the REST API and its answer.
type Exchange struct {
	Method string
	// Path is below the API's root, escaped, without the query.
	Path, Query    string
	RequestHeader  http.Header
	RequestBody    []byte
	Status         int // 0 where the connection was closed without an answer
	ResponseHeader http.Header
	ResponseBody   []byte
	// Broken says that the answer is no answer of GitHub's API by purpose: cut, empty, or a page of some proxy.
	Broken bool
}
