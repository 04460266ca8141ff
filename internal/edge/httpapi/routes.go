package httpapi

import (
	"fmt"
	"slices"

	"github.com/varlake/varlake/internal/act/ops"
	"github.com/varlake/varlake/internal/wire/omics"
)

// routes binds every operation to its method.
func routes(s *ops.Service) []Route {
	return []Route{
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

// op makes the route of one of AWS's operations; that the contract has none of the name is a mistake in this file.
func op[In, Out any, P validated[In]](name string, call method[P, Out]) Route {
	i := slices.IndexFunc(omics.Operations, func(o omics.Operation) bool { return o.Name == name })
	if i < 0 {
		panic(contractError{fmt.Errorf("the routes: omics.Operations has no %s", name)})
	}
	return Op(omics.Operations[i], call)
}
