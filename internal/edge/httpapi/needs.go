package httpapi

import "github.com/varlake/varlake/internal/wire/omics"

// need is what the policies of a caller must allow for one request, beside the action of the operation's name.
type need struct {
	resources []string     // ARNs, each of which must be allowed; "*" for an action that has none
	tags      omics.TagMap // that the request puts on something: TagResource is needed too
	untags    []string     // keys of tags that the request removes
	role      string       // that the request hands on: iam:PassRole is looked at
}

// needs says what a request needs, as AWS's service authorization reference has it: the operations on jobs, shares and lists have no
// resource. Creating names the resource to be, so that a policy may bound names; a name that the server makes up is "*". A request
// that is not here needs what nobody has.
func needs(in any, c omics.Caller) need {
	variants := func(name string) []string { return []string{omics.VariantStoreARN(c.Region, c.Account, name)} }
	annotations := func(name string) []string { return []string{omics.AnnotationStoreARN(c.Region, c.Account, name)} }
	version := func(name, version string) []string {
		return []string{omics.AnnotationStoreVersionARN(c.Region, c.Account, name, version)}
	}
	references := func(id string) []string { return []string{omics.ReferenceStoreARN(c.Region, c.Account, id)} }
	reference := func(store, id string) []string {
		return append(references(store), omics.ReferenceARN(c.Region, c.Account, store, id))
	}
	named := func(name *string) string {
		if name == nil {
			return "*"
		}
		return *name
	}
	anything := need{resources: []string{"*"}}

	switch in := in.(type) {
	case *omics.CreateReferenceStoreIn:
		return need{resources: references("*"), tags: in.Tags}
	case *omics.GetReferenceStoreIn:
		return need{resources: references(in.ID)}
	case *omics.ListReferenceStoresIn:
		return anything
	case *omics.DeleteReferenceStoreIn:
		return need{resources: references(in.ID)}
	case *omics.StartReferenceImportJobIn:
		tags := omics.TagMap{}
		for _, source := range in.Sources {
			for key, value := range source.Tags {
				tags[key] = value
			}
		}
		return need{resources: references(in.ReferenceStoreID), tags: tags, role: in.RoleArn}
	case *omics.GetReferenceImportJobIn:
		return need{resources: references(in.ReferenceStoreID)}
	case *omics.ListReferenceImportJobsIn:
		return need{resources: references(in.ReferenceStoreID)}
	case *omics.ListReferencesIn:
		return need{resources: references(in.ReferenceStoreID)}
	case *omics.GetReferenceMetadataIn:
		return need{resources: reference(in.ReferenceStoreID, in.ID)}
	case *omics.GetReferenceIn:
		return need{resources: reference(in.ReferenceStoreID, in.ID)}
	case *omics.DeleteReferenceIn:
		return need{resources: reference(in.ReferenceStoreID, in.ID)}

	case *omics.CreateVariantStoreIn:
		return need{resources: variants(named(in.Name)), tags: in.Tags}
	case *omics.GetVariantStoreIn:
		return need{resources: variants(in.Name)}
	case *omics.ListVariantStoresIn:
		return anything
	case *omics.UpdateVariantStoreIn:
		return need{resources: variants(in.Name)}
	case *omics.DeleteVariantStoreIn:
		return need{resources: variants(in.Name)}
	case *omics.StartVariantImportJobIn:
		return need{resources: variants(in.DestinationName), role: in.RoleArn}
	case *omics.GetVariantImportJobIn, *omics.ListVariantImportJobsIn, *omics.CancelVariantImportJobIn:
		return anything

	case *omics.CreateAnnotationStoreIn:
		return need{resources: annotations(named(in.Name)), tags: in.Tags}
	case *omics.GetAnnotationStoreIn:
		return need{resources: annotations(in.Name)}
	case *omics.ListAnnotationStoresIn:
		return anything
	case *omics.UpdateAnnotationStoreIn:
		return need{resources: annotations(in.Name)}
	case *omics.DeleteAnnotationStoreIn:
		return need{resources: annotations(in.Name)}
	case *omics.CreateAnnotationStoreVersionIn:
		return need{resources: version(in.Name, in.VersionName), tags: in.Tags}
	case *omics.GetAnnotationStoreVersionIn:
		return need{resources: version(in.Name, in.VersionName)}
	case *omics.ListAnnotationStoreVersionsIn:
		return need{resources: annotations(in.Name)}
	case *omics.UpdateAnnotationStoreVersionIn:
		return need{resources: version(in.Name, in.VersionName)}
	case *omics.DeleteAnnotationStoreVersionsIn:
		n := need{}
		for _, name := range in.Versions {
			n.resources = append(n.resources, version(in.Name, name)...)
		}
		if len(in.Versions) == 0 { // Validate refuses it
			n.resources = annotations(in.Name)
		}
		return n
	case *omics.StartAnnotationImportJobIn:
		return need{resources: annotations(in.DestinationName), role: in.RoleArn}
	case *omics.GetAnnotationImportJobIn, *omics.ListAnnotationImportJobsIn, *omics.CancelAnnotationImportJobIn:
		return anything

	case *omics.CreateShareIn:
		return need{resources: []string{in.ResourceArn}}
	case *omics.AcceptShareIn, *omics.GetShareIn, *omics.ListSharesIn, *omics.DeleteShareIn:
		return anything

	case *omics.TagResourceIn:
		return need{resources: []string{in.ResourceArn}, tags: in.Tags}
	case *omics.UntagResourceIn:
		return need{resources: []string{in.ResourceArn}, untags: in.TagKeys}
	case *omics.ListTagsForResourceIn:
		return need{resources: []string{in.ResourceArn}}
	}
	return need{}
}
