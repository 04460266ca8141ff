package omics

// ShareDetails is a share as both its sides see it.
type ShareDetails struct {
	CreationTime        Time        `json:"creationTime"`
	OwnerID             string      `json:"ownerId"`
	PrincipalSubscriber string      `json:"principalSubscriber"`
	ResourceArn         string      `json:"resourceArn"`
	ResourceID          string      `json:"resourceId"`
	ShareID             string      `json:"shareId"`
	ShareName           string      `json:"shareName,omitempty"`
	Status              ShareStatus `json:"status"`
	StatusMessage       string      `json:"statusMessage,omitempty"`
	UpdateTime          Time        `json:"updateTime"`
}

// CreateShareIn is the request of CreateShare.
type CreateShareIn struct {
	PrincipalSubscriber string  `json:"principalSubscriber"`
	ResourceArn         string  `json:"resourceArn"`
	ShareName           *string `json:"shareName"`
}

// Validate checks the request against the model.
func (in *CreateShareIn) Validate() error {
	var v violations
	v.required("resourceArn", in.ResourceArn, ruleString)
	v.required("principalSubscriber", in.PrincipalSubscriber, ruleString)
	v.optional("shareName", in.ShareName, ruleShareName)
	return v.err()
}

// CreateShareOut is the answer of CreateShare.
type CreateShareOut struct {
	ShareID   string      `json:"shareId"`
	ShareName string      `json:"shareName,omitempty"`
	Status    ShareStatus `json:"status"`
}

// AcceptShareIn is the request of AcceptShare.
type AcceptShareIn struct {
	ShareID string `json:"-" uri:"shareId"`
}

// Validate checks the request against the model.
func (in *AcceptShareIn) Validate() error {
	var v violations
	v.required("shareId", in.ShareID, ruleString)
	return v.err()
}

// AcceptShareOut is the answer of AcceptShare.
type AcceptShareOut struct {
	Status ShareStatus `json:"status"`
}

// GetShareIn is the request of GetShare.
type GetShareIn struct {
	ShareID string `json:"-" uri:"shareId"`
}

// Validate checks the request against the model.
func (in *GetShareIn) Validate() error {
	var v violations
	v.required("shareId", in.ShareID, ruleString)
	return v.err()
}

// GetShareOut is the answer of GetShare.
type GetShareOut struct {
	Share ShareDetails `json:"share"`
}

// DeleteShareIn is the request of DeleteShare.
type DeleteShareIn struct {
	ShareID string `json:"-" uri:"shareId"`
}

// Validate checks the request against the model.
func (in *DeleteShareIn) Validate() error {
	var v violations
	v.required("shareId", in.ShareID, ruleString)
	return v.err()
}

// DeleteShareOut is the answer of DeleteShare.
type DeleteShareOut struct {
	Status ShareStatus `json:"status"`
}

// ListSharesIn is the request of ListShares.
type ListSharesIn struct {
	Filter        *ListSharesFilter `json:"filter"`
	MaxResults    *int              `json:"-" query:"maxResults"`
	NextToken     *string           `json:"-" query:"nextToken"`
	ResourceOwner ResourceOwner     `json:"resourceOwner"`
}

// ListSharesFilter narrows ListShares to any of each list that there is.
type ListSharesFilter struct {
	ResourceArns []string            `json:"resourceArns"`
	Status       []ShareStatus       `json:"status"`
	Type         []ShareResourceType `json:"type"`
}

// Validate checks the request against the model, which leaves maxResults
// without bounds; it has those of every other list.
func (in *ListSharesIn) Validate() error {
	var v violations
	v.required("resourceOwner", string(in.ResourceOwner), ruleResourceOwner)
	v.page(in.MaxResults, in.NextToken, ruleString)
	if in.Filter != nil {
		anyOf(&v, "filter.resourceArns", in.Filter.ResourceArns, ruleString)
		anyOf(&v, "filter.status", in.Filter.Status, ruleShareStatus)
		anyOf(&v, "filter.type", in.Filter.Type, ruleShareResourceType)
	}
	return v.err()
}

// anyOf checks a list of a filter, which may be left out.
func anyOf[S ~string](v *violations, path string, list []S, r rule) {
	if list == nil {
		return
	}
	v.size(path, len(list), 1, 10)
	each(v, path, list, r)
}

// ListSharesOut is the answer of ListShares.
type ListSharesOut struct {
	NextToken *string            `json:"nextToken,omitempty"`
	Shares    List[ShareDetails] `json:"shares"`
}
