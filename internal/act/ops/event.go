package ops

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/varlake/varlake/internal/state/event"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// Pending and Delivered make the status changes of meta the outbox of internal/state/event.

// Pending lists up to limit events that a sink has not taken yet.
func (s *Service) Pending(ctx context.Context, sink string, limit int) ([]event.Event, error) {
	changes, err := s.db.StatusChanges(ctx, sink, limit)
	if err != nil {
		return nil, fmt.Errorf("list status changes: %w", err)
	}
	events := make([]event.Event, len(changes))
	for i, change := range changes {
		if events[i], err = s.event(change); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// Delivered notes that a sink has all events up to seq.
func (s *Service) Delivered(ctx context.Context, sink string, seq int64) error {
	return s.db.TakeStatusChanges(ctx, sink, seq)
}

// eventDetail is the detail of an event, as HealthOmics' own have it; statusMessage is ours.
type eventDetail struct {
	OmicsVersion  string `json:"omicsVersion"`
	ARN           string `json:"arn"`
	Status        string `json:"status"`
	JobID         string `json:"jobId,omitempty"`
	StoreID       string `json:"storeId,omitempty"`
	StoreName     string `json:"storeName,omitempty"`
	ShareID       string `json:"shareId,omitempty"`
	StatusMessage string `json:"statusMessage,omitempty"`
}

func (s *Service) event(c meta.StatusChange) (event.Event, error) {
	detail := eventDetail{
		OmicsVersion: "1.0.0", ARN: c.ARN, Status: c.Status, JobID: c.JobID, StoreID: c.StoreID, StoreName: c.StoreName,
		ShareID: c.ShareID, StatusMessage: c.Message,
	}
	if c.JobID != "" { // an ARN of AWS's own making: the store's name where the kind of resource belongs
		detail.ARN = omics.ARN{Partition: "aws", Service: "omics", Region: s.region, Account: c.Account,
			Resource: c.StoreName + "/" + c.JobID}.String()
	}
	if strings.HasSuffix(c.Kind, " Store") {
		detail.Status = storeEvent(c.Status)
	}
	raw, err := json.Marshal(detail)
	if err != nil {
		return event.Event{}, fmt.Errorf("encode event: %w", err)
	}
	return event.Event{
		ID: s.eventID(c.Seq), Seq: c.Seq, Time: c.Time, Account: c.Account, Region: s.region,
		DetailType: c.Kind + " Status Change",
		Resources:  []string{detail.ARN}, Detail: raw,
	}, nil
}

// storeEvent is what events call the states of a store: what became of it.
func storeEvent(status string) string {
	switch omics.StoreStatus(status) {
	case omics.StoreActive:
		return "CREATED"
	case omics.StoreFailed:
		return "CREATION_FAILED"
	}
	return status
}

// eventID is a UUID that an event keeps when it is sent again.
func (s *Service) eventID(seq int64) string {
	b := sha256.Sum256(fmt.Appendf(nil, "event %x %d", s.tokenKey, seq))
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return uuid.UUID(b[:16]).String()
}
