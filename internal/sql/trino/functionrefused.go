package trino

import "strings"

// refused are functions that Trino 476 has and this has not: a sentence says so, since their names are no mistake.
// Those of geometry, whose names begin with st_ or bing_tile, are meant as well.
const refused = `approx_most_frequent approx_set bar classifier classify collect_list color convex_hull_agg current_groups
	empty_approx_set evaluate_classifier_predictions features format from_encoded_polyline from_geojson_geometry
	geometry_from_hadoop_shape geometry_invalid_reason geometry_nearest_points geometry_to_bing_tiles geometry_union
	geometry_union_agg great_circle_distance hash_counts intersection_cardinality jaccard_index learn_classifier
	learn_libsvm_classifier learn_libsvm_regressor learn_regressor line_interpolate_point line_interpolate_points
	line_locate_point make_set_digest match_number merge merge_set_digest numeric_histogram objectid objectid_timestamp
	parse_data_size parse_presto_data_size qdigest_agg regress render rgb simplify_geometry spatial_partitioning
	spatial_partitions tdigest_agg theta_sketch_cardinality theta_sketch_union timestamp_objectid to_encoded_polyline
	to_geojson_geometry to_geometry to_spherical_geography value_at_quantile values_at_quantiles version word_stem`

// isRefused tells whether a name in lower case is that of such a function.
func isRefused(name string) bool {
	if strings.HasPrefix(name, "st_") || strings.HasPrefix(name, "bing_tile") {
		return true
	}
	for word := range strings.FieldsSeq(refused) {
		if word == name {
			return true
		}
	}
	return false
}
