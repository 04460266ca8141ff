package sample

import (
	"fmt"
	"strings"
)

// Meta-information lines. The file date is fixed: the same input makes the same bytes.
const (
	fileFormat = "##fileformat=VCFv4.3\n##fileDate=20240101\n##source=varlake sample-data\n##reference=reference.fa\n"

	filterLines = `##FILTER=<ID=LowMQ,Description="Root mean square mapping quality is low">
##FILTER=<ID=LowQual,Description="Quality below 30">
##FILTER=<ID=StrandBias,Description="Alternative reads come from one strand">
`
	jointInfoLines = `##INFO=<ID=AC,Number=A,Type=Integer,Description="Allele count in genotypes, for each alternative allele">
##INFO=<ID=AF,Number=A,Type=Float,Description="Allele frequency, for each alternative allele">
##INFO=<ID=AN,Number=1,Type=Integer,Description="Number of alleles in called genotypes">
##INFO=<ID=BaseQRankSum,Number=1,Type=Float,Description="Z-score of base qualities, alternative against reference reads">
##INFO=<ID=DB,Number=0,Type=Flag,Description="Known variant">
##INFO=<ID=DP,Number=1,Type=Integer,Description="Read depth over all samples">
##INFO=<ID=FS,Number=1,Type=Float,Description="Phred-scaled p-value of strand bias">
##INFO=<ID=MQ,Number=1,Type=Float,Description="Root mean square mapping quality">
##INFO=<ID=MQRankSum,Number=1,Type=Float,Description="Z-score of mapping qualities, alternative against reference reads">
##INFO=<ID=QD,Number=1,Type=Float,Description="Quality by depth">
##INFO=<ID=ReadPosRankSum,Number=1,Type=Float,Description="Z-score of positions in reads, alternative against reference reads">
##INFO=<ID=SOR,Number=1,Type=Float,Description="Strand odds ratio">
`
	genotypeLine = `##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
`
	jointFormatLines = genotypeLine + `##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Read depth for each allele">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Phred-scaled genotype likelihoods">
`
	phaseLine = `##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phase set: position of its first variant">
`
	gvcfLines = `##ALT=<ID=NON_REF,Description="Any alternative allele not listed at this location">
##INFO=<ID=DP,Number=1,Type=Integer,Description="Read depth">
##INFO=<ID=END,Number=1,Type=Integer,Description="Last position of the block">
##INFO=<ID=MLEAC,Number=A,Type=Integer,Description="Most likely allele count, for each alternative allele">
##INFO=<ID=MLEAF,Number=A,Type=Float,Description="Most likely allele frequency, for each alternative allele">
##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="Lowest read depth in the block">
##FORMAT=<ID=SB,Number=4,Type=Integer,Description="Reads on each strand: reference forward and reverse, alternative forward and reverse">
`
	clinvarLines = `##INFO=<ID=AF_ESP,Number=1,Type=Float,Description="Allele frequency in a first population">
##INFO=<ID=AF_EXAC,Number=1,Type=Float,Description="Allele frequency in a second population">
##INFO=<ID=AF_TGP,Number=1,Type=Float,Description="Allele frequency in a third population">
##INFO=<ID=ALLELEID,Number=1,Type=Integer,Description="Number of the allele">
##INFO=<ID=CLNDISDB,Number=.,Type=String,Description="Disease databases and identifiers, database:identifier">
##INFO=<ID=CLNDN,Number=.,Type=String,Description="Disease names, in the order of CLNDISDB">
##INFO=<ID=CLNHGVS,Number=.,Type=String,Description="Genomic HGVS expression">
##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="Review status of the classification">
##INFO=<ID=CLNSIG,Number=.,Type=String,Description="Germline classification">
##INFO=<ID=CLNSIGCONF,Number=.,Type=String,Description="Conflicting classifications and their numbers">
##INFO=<ID=CLNVC,Number=1,Type=String,Description="Kind of variant">
##INFO=<ID=CLNVCSO,Number=1,Type=String,Description="Sequence Ontology identifier of the kind">
##INFO=<ID=GENEINFO,Number=1,Type=String,Description="Genes as symbol:number, separated by |">
##INFO=<ID=MC,Number=.,Type=String,Description="Molecular consequences as identifier|term">
##INFO=<ID=ORIGIN,Number=.,Type=String,Description="Origin of the allele, 1 = germline">
##INFO=<ID=RS,Number=.,Type=String,Description="Number in dbSNP's manner">
`
	consequenceLine = `##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: ` + consequenceFields + `">
`
)

// contigLines declares the contigs under the names that rename gives them.
func contigLines(plans []plan, rename func(string) string) string {
	var b strings.Builder
	for _, p := range plans {
		fmt.Fprintf(&b, "##contig=<ID=%s,length=%d>\n", rename(p.name), p.length)
	}
	return b.String()
}

func sameName(name string) string { return name }

// columns is the header line; without samples there is no FORMAT either.
func columns(samples []string) string {
	line := "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
	if len(samples) > 0 {
		line += "\tFORMAT\t" + strings.Join(samples, "\t")
	}
	return line + "\n"
}
