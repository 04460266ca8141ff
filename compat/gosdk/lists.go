package main

import (
	"context"
	"fmt"
	"reflect"

	sdk "github.com/aws/aws-sdk-go-v2/service/omics"
)

// The SDK's paginators and waiters are functions and types of their own: what reflection cannot find by name.

// pager is what all paginators have.
type pager[Out any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*sdk.Options)) (*Out, error)
}

var paginators = map[string]func(context.Context, *sdk.Client, request) ([]any, error){
	"ListAnnotationImportJobs": pages(func(c *sdk.Client, in *sdk.ListAnnotationImportJobsInput,
		n int32) *sdk.ListAnnotationImportJobsPaginator {
		return sdk.NewListAnnotationImportJobsPaginator(c, in,
			func(o *sdk.ListAnnotationImportJobsPaginatorOptions) { o.Limit = n })
	}),
	"ListAnnotationStoreVersions": pages(func(c *sdk.Client, in *sdk.ListAnnotationStoreVersionsInput,
		n int32) *sdk.ListAnnotationStoreVersionsPaginator {
		return sdk.NewListAnnotationStoreVersionsPaginator(c, in,
			func(o *sdk.ListAnnotationStoreVersionsPaginatorOptions) { o.Limit = n })
	}),
	"ListAnnotationStores": pages(func(c *sdk.Client, in *sdk.ListAnnotationStoresInput,
		n int32) *sdk.ListAnnotationStoresPaginator {
		return sdk.NewListAnnotationStoresPaginator(c, in, func(o *sdk.ListAnnotationStoresPaginatorOptions) { o.Limit = n })
	}),
	"ListReferenceImportJobs": pages(func(c *sdk.Client, in *sdk.ListReferenceImportJobsInput,
		n int32) *sdk.ListReferenceImportJobsPaginator {
		return sdk.NewListReferenceImportJobsPaginator(c, in,
			func(o *sdk.ListReferenceImportJobsPaginatorOptions) { o.Limit = n })
	}),
	"ListReferenceStores": pages(func(c *sdk.Client, in *sdk.ListReferenceStoresInput,
		n int32) *sdk.ListReferenceStoresPaginator {
		return sdk.NewListReferenceStoresPaginator(c, in, func(o *sdk.ListReferenceStoresPaginatorOptions) { o.Limit = n })
	}),
	"ListReferences": pages(func(c *sdk.Client, in *sdk.ListReferencesInput, n int32) *sdk.ListReferencesPaginator {
		return sdk.NewListReferencesPaginator(c, in, func(o *sdk.ListReferencesPaginatorOptions) { o.Limit = n })
	}),
	"ListShares": pages(func(c *sdk.Client, in *sdk.ListSharesInput, n int32) *sdk.ListSharesPaginator {
		return sdk.NewListSharesPaginator(c, in, func(o *sdk.ListSharesPaginatorOptions) { o.Limit = n })
	}),
	"ListVariantImportJobs": pages(func(c *sdk.Client, in *sdk.ListVariantImportJobsInput,
		n int32) *sdk.ListVariantImportJobsPaginator {
		return sdk.NewListVariantImportJobsPaginator(c, in,
			func(o *sdk.ListVariantImportJobsPaginatorOptions) { o.Limit = n })
	}),
	"ListVariantStores": pages(func(c *sdk.Client, in *sdk.ListVariantStoresInput,
		n int32) *sdk.ListVariantStoresPaginator {
		return sdk.NewListVariantStoresPaginator(c, in, func(o *sdk.ListVariantStoresPaginatorOptions) { o.Limit = n })
	}),
}

// pages walks a paginator to its end.
func pages[In, Out any, P pager[Out]](paginator func(*sdk.Client, *In, int32) P) func(context.Context, *sdk.Client,
	request) ([]any, error) {
	return func(ctx context.Context, client *sdk.Client, r request) ([]any, error) {
		in := new(In)
		if err := fill(reflect.ValueOf(in).Elem(), r.Input, r.Name); err != nil {
			return nil, err
		}
		list := []any{}
		for p := paginator(client, in, r.Size); p.HasMorePages(); {
			page, err := p.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("page %d: %w", len(list)+1, err)
			}
			shown, err := show(reflect.ValueOf(page).Elem())
			if err != nil {
				return nil, err
			}
			list = append(list, shown)
		}
		return list, nil
	}
}

var waiters = map[string]func(context.Context, *sdk.Client, request) error{
	"AnnotationImportJobCreated": waiter(func(ctx context.Context, c *sdk.Client, in *sdk.GetAnnotationImportJobInput,
		r request) error {
		return sdk.NewAnnotationImportJobCreatedWaiter(c, func(o *sdk.AnnotationImportJobCreatedWaiterOptions) {
			o.MinDelay, o.MaxDelay = seconds(r.Delay), seconds(r.Delay)
		}).Wait(ctx, in, seconds(r.Seconds))
	}),
	"AnnotationStoreCreated": waiter(func(ctx context.Context, c *sdk.Client, in *sdk.GetAnnotationStoreInput,
		r request) error {
		return sdk.NewAnnotationStoreCreatedWaiter(c, func(o *sdk.AnnotationStoreCreatedWaiterOptions) {
			o.MinDelay, o.MaxDelay = seconds(r.Delay), seconds(r.Delay)
		}).Wait(ctx, in, seconds(r.Seconds))
	}),
	"AnnotationStoreDeleted": waiter(func(ctx context.Context, c *sdk.Client, in *sdk.GetAnnotationStoreInput,
		r request) error {
		return sdk.NewAnnotationStoreDeletedWaiter(c, func(o *sdk.AnnotationStoreDeletedWaiterOptions) {
			o.MinDelay, o.MaxDelay = seconds(r.Delay), seconds(r.Delay)
		}).Wait(ctx, in, seconds(r.Seconds))
	}),
	"AnnotationStoreVersionCreated": waiter(func(ctx context.Context, c *sdk.Client,
		in *sdk.GetAnnotationStoreVersionInput, r request) error {
		return sdk.NewAnnotationStoreVersionCreatedWaiter(c, func(o *sdk.AnnotationStoreVersionCreatedWaiterOptions) {
			o.MinDelay, o.MaxDelay = seconds(r.Delay), seconds(r.Delay)
		}).Wait(ctx, in, seconds(r.Seconds))
	}),
	"AnnotationStoreVersionDeleted": waiter(func(ctx context.Context, c *sdk.Client,
		in *sdk.GetAnnotationStoreVersionInput, r request) error {
		return sdk.NewAnnotationStoreVersionDeletedWaiter(c, func(o *sdk.AnnotationStoreVersionDeletedWaiterOptions) {
			o.MinDelay, o.MaxDelay = seconds(r.Delay), seconds(r.Delay)
		}).Wait(ctx, in, seconds(r.Seconds))
	}),
	"ReferenceImportJobCompleted": waiter(func(ctx context.Context, c *sdk.Client, in *sdk.GetReferenceImportJobInput,
		r request) error {
		return sdk.NewReferenceImportJobCompletedWaiter(c, func(o *sdk.ReferenceImportJobCompletedWaiterOptions) {
			o.MinDelay, o.MaxDelay = seconds(r.Delay), seconds(r.Delay)
		}).Wait(ctx, in, seconds(r.Seconds))
	}),
	"VariantImportJobCreated": waiter(func(ctx context.Context, c *sdk.Client, in *sdk.GetVariantImportJobInput,
		r request) error {
		return sdk.NewVariantImportJobCreatedWaiter(c, func(o *sdk.VariantImportJobCreatedWaiterOptions) {
			o.MinDelay, o.MaxDelay = seconds(r.Delay), seconds(r.Delay)
		}).Wait(ctx, in, seconds(r.Seconds))
	}),
	"VariantStoreCreated": waiter(func(ctx context.Context, c *sdk.Client, in *sdk.GetVariantStoreInput, r request) error {
		return sdk.NewVariantStoreCreatedWaiter(c, func(o *sdk.VariantStoreCreatedWaiterOptions) {
			o.MinDelay, o.MaxDelay = seconds(r.Delay), seconds(r.Delay)
		}).Wait(ctx, in, seconds(r.Seconds))
	}),
	"VariantStoreDeleted": waiter(func(ctx context.Context, c *sdk.Client, in *sdk.GetVariantStoreInput, r request) error {
		return sdk.NewVariantStoreDeletedWaiter(c, func(o *sdk.VariantStoreDeletedWaiterOptions) {
			o.MinDelay, o.MaxDelay = seconds(r.Delay), seconds(r.Delay)
		}).Wait(ctx, in, seconds(r.Seconds))
	}),
}

func waiter[In any](wait func(context.Context, *sdk.Client, *In, request) error) func(context.Context, *sdk.Client,
	request) error {
	return func(ctx context.Context, client *sdk.Client, r request) error {
		in := new(In)
		if err := fill(reflect.ValueOf(in).Elem(), r.Input, r.Name); err != nil {
			return err
		}
		return wait(ctx, client, in, r)
	}
}
