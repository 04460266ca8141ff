package omics

import (
	"fmt"
	"strings"
)

// ARN is an Amazon resource name split at its first five colons.
type ARN struct {
	Partition, Service, Region, Account, Resource string
}

// ParseARN splits an ARN. It fails unless there are six parts, the first is
// "arn", and the partition, service and resource are not empty.
func ParseARN(s string) (ARN, error) {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[1] == "" || parts[2] == "" || parts[5] == "" {
		return ARN{}, fmt.Errorf("parse ARN: %.200q is not an ARN", s)
	}
	return ARN{parts[1], parts[2], parts[3], parts[4], parts[5]}, nil
}

// String writes the ARN back.
func (a ARN) String() string {
	return strings.Join([]string{"arn", a.Partition, a.Service, a.Region, a.Account, a.Resource}, ":")
}

// VariantStore gives the store's name when the ARN is a variant store's.
func (a ARN) VariantStore() (name string, ok bool) {
	name, ok = a.resource("variantStore/")
	return name, ok && !strings.Contains(name, "/")
}

// AnnotationStore gives the store's name when the ARN is an annotation store's.
func (a ARN) AnnotationStore() (name string, ok bool) {
	name, ok = a.resource("annotationStore/")
	return name, ok && !strings.Contains(name, "/")
}

// Reference gives the ids of the store and the reference when the ARN is a
// reference's.
func (a ARN) Reference() (storeID, id string, ok bool) {
	return a.inner("referenceStore/", "/reference/")
}

// inner splits the resource of something that lives inside a store.
func (a ARN) inner(prefix, sep string) (store, id string, ok bool) {
	rest, ok := a.resource(prefix)
	if !ok {
		return "", "", false
	}
	store, id, ok = strings.Cut(rest, sep)
	if !ok || store == "" || id == "" || strings.Contains(store, "/") || strings.Contains(id, "/") {
		return "", "", false
	}
	return store, id, true
}

func (a ARN) resource(prefix string) (rest string, ok bool) {
	if a.Service != "omics" {
		return "", false
	}
	rest, ok = strings.CutPrefix(a.Resource, prefix)
	return rest, ok && rest != ""
}

// VariantStoreARN is the ARN of the variant store of that name.
func VariantStoreARN(region, account, name string) string {
	return omicsARN(region, account, "variantStore/"+name)
}

// AnnotationStoreARN is the ARN of the annotation store of that name.
func AnnotationStoreARN(region, account, name string) string {
	return omicsARN(region, account, "annotationStore/"+name)
}

// AnnotationStoreVersionARN is the ARN of the version of that name of that
// store.
func AnnotationStoreVersionARN(region, account, name, version string) string {
	return omicsARN(region, account, "annotationStore/"+name+"/version/"+version)
}

// ReferenceStoreARN is the ARN of the reference store of that id.
func ReferenceStoreARN(region, account, id string) string {
	return omicsARN(region, account, "referenceStore/"+id)
}

// ReferenceARN is the ARN of the reference of that id in that store.
func ReferenceARN(region, account, storeID, id string) string {
	return omicsARN(region, account, "referenceStore/"+storeID+"/reference/"+id)
}

func omicsARN(region, account, resource string) string {
	return ARN{"aws", "omics", region, account, resource}.String()
}
