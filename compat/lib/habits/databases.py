"""Habits of databases, releases of cohorts, and of programs that impute, annotate and convert."""

from __future__ import annotations

from habits.text import GT, vcf

DATABASES: dict[str, str] = {}

# statgen/topmed_variant_calling (the headers of BRAVO's site files): SVM scores, AC of one ALT, FIBC/HWE with minus,
# FILTER lists, contigs with many attributes, sites only.
DATABASES["topmed_bravo"] = vcf("4.2", """
    ##FILTER=<ID=SVM,Description="Variant failed SVM filter">
    ##FILTER=<ID=DISC,Description="Mendelian or duplicate genotype discordance is high (3/5% or more)">
    ##FILTER=<ID=CEN,Description="Variant overlaps with centromeric region with inferred sequence">
    ##FILTER=<ID=EXHET,Description="Excess heterozygosity">
    ##INFO=<ID=AVGDP,Number=1,Type=Float,Description="Average Depth per Sample">
    ##INFO=<ID=AC,Number=A,Type=Integer,Description="Alternate Allele Counts">
    ##INFO=<ID=AN,Number=1,Type=Integer,Description="Total Number Allele Counts">
    ##INFO=<ID=AF,Number=A,Type=Float,Description="Alternate Allele Frequency from Best-guess Genotypes">
    ##INFO=<ID=VRT,Number=1,Type=Integer,Description="Variant type">
    ##INFO=<ID=NS,Number=1,Type=Integer,Description="Number of samples with data">
    ##INFO=<ID=NS_NREF,Number=1,Type=Integer,Description="Number of samples with non-reference reads">
    ##INFO=<ID=HWE_SLP_P,Number=1,Type=Float,Description="Signed log p-values">
    ##INFO=<ID=IBC_P,Number=1,Type=Float,Description="Inbreeding Coefficients calculated from pooled AF">
    ##INFO=<ID=FLT20,Number=20,Type=Integer,Description="Counts">
    ##INFO=<ID=SVM,Number=1,Type=Float,Description="Milk-SVM score for variant quality, passing -0.5 or greater">
    ##contig=<ID=chr1,length=248956422,assembly=38,md5=6aef897c3d6ff0c78aff06ac189178dd,species="Homo sapiens">""", """
    chr1 10051 . A C . SVM;DISC VRT=1;NS=132345;AN=264690;AC=5;AF=1.88901e-05;AVGDP=10.2;HWE_SLP_P=-0.00121;IBC_P=-9.3e-06;SVM=-1.2
    chr1 10055 TOPMed_freeze_8?chr1:10,055 T TAAC . PASS VRT=2;NS=132345;AN=264690;AC=52;AF=0.000196;FLT20=0,0,1,2,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,9;SVM=0.44
    chr1 10059 . C G 255 EXHET;CEN VRT=1;NS_NREF=0;AN=0;AC=0;AF=.""")

# DecodeGenetics/graphtyper, src/typer/vcf.cpp (UK Biobank's 150k and 200k pVCF): -1 where there is no heterozygous
# call, SBF lists, FT PASS/FAIL in samples, PL of many alleles, `*` in ALT, MD and RA beside AD, plain PASS FILTER.
DATABASES["ukb_graphtyper"] = vcf("4.2", """
    ##source=Graphtyper
    ##graphtyperVersion=2.7.1
    ##graphtyperGitBranch=HEAD
    ##INFO=<ID=AAScore,Number=A,Type=Float,Description="Alternative allele confidence score in range [0.0,1.0].">
    ##INFO=<ID=ABHet,Number=1,Type=Float,Description="Allele Balance for heterozygous calls. -1 if no heterozygous calls.">
    ##INFO=<ID=ABHetMulti,Number=A,Type=Float,Description="List of Allele Balance values for multiallelic heterozygous calls. -1 if not available.">
    ##INFO=<ID=AC,Number=A,Type=Integer,Description="Number of alternate alleles in called genotypes.">
    ##INFO=<ID=AF,Number=A,Type=Float,Description="Allele frequency.">
    ##INFO=<ID=AN,Number=1,Type=Integer,Description="Number of alleles in called genotypes.">
    ##INFO=<ID=CR,Number=1,Type=Integer,Description="Number of clipped reads in the graph alignment.">
    ##INFO=<ID=PS,Number=1,Type=Integer,Description="Phase set">
    ##INFO=<ID=SBAlt,Number=1,Type=Float,Description="Strand bias of alternative alleles only. -1 if not available.">
    ##INFO=<ID=VarType,Number=1,Type=String,Description="First letter is program identifier, the second letter is variant type.">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
    ##FORMAT=<ID=FT,Number=1,Type=String,Description="Filter. PASS or FAILN where N is a number.">
    ##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Allelic depths">
    ##FORMAT=<ID=MD,Number=1,Type=Integer,Description="Read depth of multiple alleles.">
    ##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth.">
    ##FORMAT=<ID=RA,Number=2,Type=Integer,Description="Total read depth of the reference allele and all alternative alleles">
    ##FORMAT=<ID=PP,Number=1,Type=Integer,Description="Number of reads that support non-reference haplotype that are proper pairs.">
    ##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype Quality.">
    ##FORMAT=<ID=PL,Number=G,Type=Integer,Description="PHRED-scaled genotype likelihoods.">""", """
    chr21 5030088 chr21:5030088:SG C A 0 LowAAScore;LowABHet AAScore=0.0021;ABHet=-1;ABHetMulti=-1;AC=0;AF=0;AN=4;CR=0;SBAlt=-1;VarType=SG GT:FT:AD:MD:DP:RA:PP:GQ:PL 0/0:PASS:8,0:0:8:8,0:0:24:0,24,255 0/0:FAIL1:1,0:0:1:1,0:0:3:0,3,37
    chr21 5030103 chr21:5030103:XG GT G,* 255 PASS AAScore=1,0.91;ABHet=0.52;ABHetMulti=0.5,0.48;AC=1,1;AF=0.25,0.25;AN=4;VarType=XG GT:FT:AD:MD:DP:RA:PP:GQ:PL 1/2:PASS:0,9,7:1:17:0,16:9:99:255,210,190,201,0,188 ./.:.:.:.:.:.:.:.:.""",
    "1000011 1000022")

# UK Biobank's DRAGEN and exome pVCF (gVCF genotyper; dnanexus-rnd/GLnexus, MONOALLELIC and RNC): LPL, LAD and LAA of
# local alleles under 4.4, where they are not reserved, names of withdrawn samples with a W, samples that stop at the
# first `.`.
DATABASES["ukb_dragen_local_alleles"] = vcf("4.4", """
    ##DRAGENVersion=<ID=dragen,Version="SW: 07.021.609.3.9.3, HW: 07.021.609">
    ##FILTER=<ID=DRAGENSnpHardQUAL,Description="Set if true:QUAL < 10.41">
    ##FILTER=<ID=MONOALLELIC,Description="Site represents one ALT allele in a region with multiple variants that could not be unified into non-overlapping multi-allelic sites">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
    ##FORMAT=<ID=LAA,Number=.,Type=Integer,Description="Local alternative alleles">
    ##FORMAT=<ID=LAD,Number=.,Type=Integer,Description="Local allelic depths">
    ##FORMAT=<ID=LPL,Number=.,Type=Integer,Description="Local phred likelihoods">
    ##FORMAT=<ID=QL,Number=1,Type=Float,Description="Quality">
    ##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">
    ##FORMAT=<ID=RNC,Number=2,Type=Character,Description="Reason for No Call in GT: . = n/a, M = Missing data, P = Partial data">
    ##INFO=<ID=NS_GT,Number=1,Type=Integer,Description="Number of samples with GT">""", """
    chr1 69511 chr1_69511_A_G A G,C,T 48 . NS_GT=2 GT:GQ:LAA:LAD:LPL:QL:RNC 0/2:30:2:11,9:30,0,33:27.1:.. ./.:0:.:.:.:.:II
    chr1 69761 chr1_69761_A_T A T 11 MONOALLELIC;DRAGENSnpHardQUAL NS_GT=1 GT:GQ:LAA:LAD:LPL:QL:RNC 0/1:12:1:3,4:12,0,19:3:.. .:.""",
    "W000001_1 1234567_1234567")

# NCBI, dbSNP 151 and later (GCF_000001405.40.gz's header and 00README): contigs by RefSeq accession, ID and RS alike,
# FREQ with one entry for each study, split at `|`, whose values have commas and `.`; many flags; CLNHGVS with one value
# for each allele and `.`.
DATABASES["dbsnp_156"] = vcf("4.2", """
    ##fileDate=20220921
    ##source=dbSNP
    ##dbSNP_BUILD_ID=156
    ##reference=GRCh38.p14
    ##phasing=partial
    ##INFO=<ID=RS,Number=1,Type=Integer,Description="dbSNP ID (i.e. rs number)">
    ##INFO=<ID=GENEINFO,Number=1,Type=String,Description="Pairs each of gene symbol:gene id, delimited by a pipe (|). Does not include pseudogenes.">
    ##INFO=<ID=dbSNPBuildID,Number=1,Type=Integer,Description="First dbSNP Build for RS">
    ##INFO=<ID=SAO,Number=1,Type=Integer,Description="Variant Allele Origin: 0 - unspecified, 1 - Germline, 2 - Somatic, 3 - Both">
    ##INFO=<ID=SSR,Number=1,Type=Integer,Description="Variant Suspect Reason Codes (may be more than one value added together)">
    ##INFO=<ID=VC,Number=1,Type=String,Description="Variation Class">
    ##INFO=<ID=R5,Number=0,Type=Flag,Description="In 5' gene region FxnCode = 15">
    ##INFO=<ID=GNO,Number=0,Type=Flag,Description="Genotypes available.">
    ##INFO=<ID=FREQ,Number=.,Type=String,Description="An ordered list of allele frequencies as reported by various genomic studies">
    ##INFO=<ID=COMMON,Number=0,Type=Flag,Description="RS is a common SNP.">
    ##INFO=<ID=CLNHGVS,Number=.,Type=String,Description="Variant names from HGVS. The order of these variants corresponds to the order of the info in the other clinical INFO tags.">
    ##INFO=<ID=CLNORIGIN,Number=.,Type=String,Description="Allele Origin. One or more of the following values may be summed">
    ##INFO=<ID=CLNSIG,Number=.,Type=String,Description="Variant Clinical Significance, 0 - Uncertain significance, 1 - not provided">""", """
    NC_000001.11 10001 rs1570391677 T A,C . . RS=1570391677;dbSNPBuildID=154;SSR=0;GENEINFO=DDX11L1:100287102;VC=SNV;R5;GNO;FREQ=KOREAN:0.9891,0.0109,.|SGDP_PRJ:0,1,.|dbGaP_PopFreq:1,.,0;COMMON
    NC_000001.11 10002 rs1570391692 A C . . RS=1570391692;dbSNPBuildID=154;SSR=0;GENEINFO=DDX11L1:100287102|WASH7P:653635;VC=SNV;R5;GNO;FREQ=KOREAN:0.9944,0.005597
    NC_000001.11 69270 rs201219564 A G . . RS=201219564;VC=SNV;CLNHGVS=NC_000001.11:g.69270=,NC_000001.11:g.69270A>G;CLNORIGIN=.,1;CLNSIG=.,0|1;CLNORIGIN=.,1
    NC_012920.1 3 rs1556422361 TC T . . RS=1556422361;dbSNPBuildID=153;VC=INDEL
    NT_187361.1 1 rs4294967295 N <DEL> . . VC=DEL;dbSNPBuildID=156""")

# COSMIC, readme of the normal VCF, v97 to v101: names with an Ensembl transcript, `##comment` values with an open
# quote, AA is a peptide (the key that the specification reserves for the ancestral allele), STRAND, LEGACY_ID, one
# mutation once for each transcript.
DATABASES["cosmic"] = vcf("4.1", """
    ##source=COSMICv101
    ##reference=GRCh38
    ##fileDate=20240831
    ##comment="Missing nucleotide details indicate ambiguity during curation process"
    ##comment="URL stub for ID field (use the whole COSV identifier)='https://cancer.sanger.ac.uk/cosmic/search?genome=38&q='"
    ##comment="REF and ALT sequences are both forward strand
    ##INFO=<ID=GENE,Number=1,Type=String,Description="Gene name">
    ##INFO=<ID=STRAND,Number=1,Type=String,Description="Gene strand">
    ##INFO=<ID=LEGACY_ID,Number=1,Type=String,Description="Legacy Mutation ID">
    ##INFO=<ID=CDS,Number=1,Type=String,Description="CDS annotation">
    ##INFO=<ID=AA,Number=1,Type=String,Description="Peptide annotation">
    ##INFO=<ID=HGVSC,Number=1,Type=String,Description="HGVS cds syntax">
    ##INFO=<ID=HGVSP,Number=1,Type=String,Description="HGVS peptide syntax">
    ##INFO=<ID=HGVSG,Number=1,Type=String,Description="HGVS genomic syntax">
    ##INFO=<ID=CNT,Number=1,Type=Integer,Description="How many samples have this mutation">
    ##INFO=<ID=SNP,Number=0,Type=Flag,Description="classified as SNP">""", """
    7 140753336 COSV56056643 A T . . GENE=BRAF;STRAND=-;LEGACY_ID=COSM476;CDS=c.1799T>A;AA=p.V600E;HGVSC=ENST00000288602.10:c.1799T>A;HGVSP=ENSP00000288602.6:p.Val600Glu;HGVSG=7:g.140753336A>T;CNT=28450
    7 140753336 COSV56056643 A T . . GENE=BRAF_ENST00000496384;STRAND=-;LEGACY_ID=COSM476;CDS=c.620T>A;AA=p.V207E;CNT=28450
    17 7674220 COSV52661038 C CA . . GENE=TP53_ENST00000413465;STRAND=-;LEGACY_ID=COSM10662;CDS=c.743_744insT;AA=p.R248Pfs*?;CNT=1;SNP""")

# odelaneau/GLIMPSE and vcf/glimpse documentation: RAF, AF and INFO of a site, GT:DS:GP:HS, GP with three decimals, BUF
# for buffers.
DATABASES["glimpse"] = vcf("4.2", """
    ##source=GLIMPSE_phase v1.1.1
    ##INFO=<ID=RAF,Number=A,Type=Float,Description="ALT allele frequency in the reference panel">
    ##INFO=<ID=AF,Number=A,Type=Float,Description="ALT allele frequency computed from DS/GP field across target samples">
    ##INFO=<ID=INFO,Number=A,Type=Float,Description="IMPUTE info quality score for diploid samples">
    ##INFO=<ID=BUF,Number=A,Type=Integer,Description="Is it a variant site falling within buffer regions? (0=no/1=yes)">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Best genotypes">
    ##FORMAT=<ID=DS,Number=1,Type=Float,Description="Genotype dosage">
    ##FORMAT=<ID=GP,Number=3,Type=Float,Description="Genotype posteriors">
    ##FORMAT=<ID=HS,Number=1,Type=Integer,Description="Sampled haplotype pairs packed into integers">""", """
    chr22 16050036 chr22:16050036:A:C A C . . RAF=0.0108;AF=0.004;INFO=0.21;BUF=1 GT:DS:GP:HS 0/0:0.012:0.988,0.012,0:0 0|1:0.93:0.07,0.93,0:1431655765
    chr22 16050115 . G A . PASS RAF=0.006;AF=0;INFO=1;BUF=0 GT:DS:GP:HS 0/0:0:1,0,0:0 0/0:0:1,0,0:0""", "s1 s2")

# Beagle 5.4 (faculty.washington.edu/browning/beagle, "Output files"): DR2 and AF of each ALT, IMP flag, END of symbolic
# alleles, samples phased, DS of each ALT, AP1/AP2.
DATABASES["beagle"] = vcf("4.2", """
    ##filedate=20240301
    ##source="beagle.06Aug24.a91.jar"
    ##INFO=<ID=AF,Number=A,Type=Float,Description="Estimated ALT Allele Frequencies">
    ##INFO=<ID=DR2,Number=A,Type=Float,Description="Dosage R-Squared: estimated squared correlation between estimated REF dose [P(RA) + 2*P(RR)] and true REF dose">
    ##INFO=<ID=IMP,Number=0,Type=Flag,Description="Imputed marker">
    ##INFO=<ID=END,Number=1,Type=Integer,Description="End position of the variant described in this record">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
    ##FORMAT=<ID=DS,Number=A,Type=Float,Description="estimated ALT dose [P(RA) + 2*P(AA)]">
    ##FORMAT=<ID=AP1,Number=A,Type=Float,Description="estimated ALT dose on first haplotype">
    ##FORMAT=<ID=AP2,Number=A,Type=Float,Description="estimated ALT dose on second haplotype">""", """
    20 60343 rs1;rs2 G A,T . PASS DR2=0.01,0.00;AF=0.0005,0;IMP GT:DS:AP1:AP2 0|0:0,0:0,0:0,0 0|1:0.99,0.01:0,0:0.99,0.01
    20 61000 esv1 A <CN0> . PASS END=64000;DR2=1;AF=0.25 GT:DS 1|1:2 .|.:.""", "s1 s2")

# TOPMed and Michigan imputation servers (minimac4 4.1, its header): R2 and ER2 of a site, IMPUTED, TYPED, TYPED_ONLY,
# HDS of both haplotypes, haploid calls of X.
DATABASES["minimac4"] = vcf("4.2", """
    ##source=Minimac v4.1.6
    ##phasing=full
    ##contig=<ID=chrX>
    ##INFO=<ID=AF,Number=A,Type=Float,Description="Estimated Alternate Allele Frequency">
    ##INFO=<ID=MAF,Number=1,Type=Float,Description="Estimated Minor Allele Frequency">
    ##INFO=<ID=AVG_CS,Number=1,Type=Float,Description="Average Call Score">
    ##INFO=<ID=R2,Number=1,Type=Float,Description="Estimated Imputation Accuracy (R-square)">
    ##INFO=<ID=ER2,Number=1,Type=Float,Description="Empirical (Leave-One-Out) R-square (available only for genotyped variants)">
    ##INFO=<ID=IMPUTED,Number=0,Type=Flag,Description="Marker was imputed">
    ##INFO=<ID=TYPED,Number=0,Type=Flag,Description="Marker was genotyped">
    ##INFO=<ID=TYPED_ONLY,Number=0,Type=Flag,Description="Marker was genotyped but not imputed">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
    ##FORMAT=<ID=DS,Number=1,Type=Float,Description="Estimated Alternate Allele Dosage : [P(0/1)+2*P(1/1)]">
    ##FORMAT=<ID=HDS,Number=.,Type=Float,Description="Estimated Haploid Alternate Allele Dosage">
    ##FORMAT=<ID=GP,Number=G,Type=Float,Description="Estimated Posterior Probabilities for Genotypes 0/0, 0/1 and 1/1">""", """
    chrX 2781514 chrX:2781514:C:A C A . PASS IMPUTED;AF=0.0012;MAF=0.0012;AVG_CS=0.999;R2=0.61 GT:DS:HDS:GP 0|0:0.002:0.001,0.001:0.998,0.002,0 0:0:0:1,0
    chrX 2781604 chrX:2781604:G:A G A . PASS TYPED;IMPUTED;AF=0.4;MAF=0.4;R2=1;ER2=0.98 GT:DS:HDS:GP 0|1:1:0,1:0,1,0 1:1:1:0,1
    chrX 2781700 chrX:2781700:T:C T C . PASS TYPED_ONLY;AF=.;MAF=.;R2=nan GT 0|1 .""", "f1 m1")

# Illumina Nirvana / annotated DRAGEN VCF: CSQT and CSQR with `|`, `%3B` and `&`, GMAF, EVS with three parts, cosmic and
# clinvar as allele-number|value, phyloP with a minus, RefMinor flag; AF1000G declared but empty.
DATABASES["nirvana"] = vcf("4.1", """
    ##annotator=Illumina Annotation Engine 1.3.5.0
    ##INFO=<ID=CSQT,Number=.,Type=String,Description="Consequence type as predicted by IAE. Format: GenotypeIndex|HGNC|Transcript ID|Consequence">
    ##INFO=<ID=CSQR,Number=.,Type=String,Description="Predicted regulatory consequence type. Format: GenotypeIndex|RegulatoryID|Consequence">
    ##INFO=<ID=GMAF,Number=A,Type=String,Description="Global minor allele frequency (GMAF). Format: GlobalMinorAllele|AlleleFreqGlobalMinor">
    ##INFO=<ID=AF1000G,Number=A,Type=Float,Description="The allele frequency from all populations of 1000 genomes data">
    ##INFO=<ID=AA,Number=A,Type=String,Description="The inferred allele ancestral (if determined) to the chimpanzee/human lineage.">
    ##INFO=<ID=EVS,Number=A,Type=String,Description="Allele frequency, coverage and sample count. Format: AlleleFreqEVS|EVSCoverage|EVSSamples">
    ##INFO=<ID=cosmic,Number=.,Type=String,Description="The numeric identifier for the variant in the COSMIC database. Format: GenotypeIndex|Significance">
    ##INFO=<ID=phyloP,Number=A,Type=Float,Description="PhyloP conservation score">
    ##INFO=<ID=RefMinor,Number=0,Type=Flag,Description="Denotes positions where the reference base is a minor allele">""" + "\n" + GT, """
    chr1 69511 rs2691305 A G,T 59 PASS AF1000G=0.65,.;AA=G,.;GMAF=A|0.3472,A|0.3472;EVS=0.7|49|2500,.;cosmic=1|COSM4144171,2|COSM1;phyloP=1.2,-0.3;CSQT=1|OR4F5|NM_001005484.1|missense_variant&splice_region_variant,2|OR4F5|NM_001005484.1|synonymous_variant;CSQR=1|ENSR1%3BX|regulatory_region_variant GT 1/2
    chr1 70000 . C . 40 PASS RefMinor;AF1000G= GT 0/0""", "s")

# gnomAD v4.1 sites (hail export_vcf; the release's VCF header): hundreds of keys, `vep` with `|`, histograms split at
# `|` in a String of Number=A, nan and inf floats, flags, fafmax of Type String, keys with a hyphen-free but long name,
# AS_VarDP with `|`, filters AS_VQSR;AC0.
DATABASES["gnomad_v4"] = vcf("4.2", """
    ##hailversion=0.2.127-bb535cd096c5
    ##FILTER=<ID=AC0,Description="Allele count is zero after filtering out low-confidence genotypes (GQ < 20; DP < 10; and AB < 0.2 for het calls)">
    ##FILTER=<ID=AS_VQSR,Description="Failed VQSR filtering thresholds of -1.4526 for SNPs and 0.0717 for indels">
    ##INFO=<ID=AC,Number=A,Type=Integer,Description="Alternate allele count">
    ##INFO=<ID=AN,Number=1,Type=Integer,Description="Total number of alleles">
    ##INFO=<ID=AF,Number=A,Type=Float,Description="Alternate allele frequency">
    ##INFO=<ID=grpmax,Number=A,Type=String,Description="Genetic ancestry group with the maximum allele frequency">
    ##INFO=<ID=faf95_afr_XX,Number=A,Type=Float,Description="Filtering allele frequency (using Poisson 95% CI)">
    ##INFO=<ID=nhomalt,Number=A,Type=Integer,Description="Count of homozygous individuals">
    ##INFO=<ID=inbreeding_coeff,Number=A,Type=Float,Description="Inbreeding coefficient">
    ##INFO=<ID=AS_SB_TABLE,Number=.,Type=Integer,Description="Allele-specific forward/reverse read counts for strand bias tests">
    ##INFO=<ID=age_hist_het_bin_freq,Number=A,Type=String,Description="Histogram of ages of heterozygous individuals">
    ##INFO=<ID=monoallelic,Number=0,Type=Flag,Description="All samples are homozygous alternate for the variant">
    ##INFO=<ID=sift_max,Number=A,Type=Float,Description="Score reflecting the scaled probability of the amino acid substitution being tolerated">
    ##INFO=<ID=vep,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: Allele|Consequence|IMPACT|SYMBOL|Gene|LoF|LoF_filter">""", """
    chr21 5031905 . C A . AC0 AC=0;AN=128;AF=0.00000;faf95_afr_XX=nan;nhomalt=0;inbreeding_coeff=-inf;AS_SB_TABLE=10,20,1,0;age_hist_het_bin_freq=0|0|0|0|0|0|0|0|0|0;monoallelic;vep=A|missense_variant|MODERATE|FP565260.3|ENSG00000277117||,A|intron_variant&non_coding_transcript_variant|MODIFIER|FP565260.3|ENSG00000277117||
    chr21 5031909 rs1;rs2 T C . AS_VQSR;AC0 AC=7;AN=152000;AF=4.60526e-05;grpmax=nfe;faf95_afr_XX=1.00000e-05;sift_max=.;vep=C|stop_gained|HIGH|X|ENSG1|HC|""")

# PLINK 2.0 (www.cog-genomics.org/plink/2.0/data, "--export vcf"): PR flag of provisional REF, contig lengths, numeric
# chromosome codes (23 to 26), sample ids as FID_IID, haploid X of males, DS beside GT.
DATABASES["plink2"] = vcf("4.3", """
    ##fileDate=20240101
    ##source=PLINKv2.0
    ##filedate=20240101
    ##contig=<ID=23,length=154931044>
    ##INFO=<ID=PR,Number=0,Type=Flag,Description="Provisional reference allele, may not be based on real reference genome">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
    ##FORMAT=<ID=DS,Number=A,Type=Float,Description="Alternate Allele Dosage from Haploid">
    ##chrSet=<autosomePairCt=22,X,Y,XY,M>""", """
    23 2700157 rs5939319 A G . . PR GT:DS 0/1:1.02 1:1 ./.:.
    23 2700200 var_2 A . . . PR GT 0/0 0 .
    26 73 . G A . . . GT 1 1 0""", "FAM1_1 FAM1_2 0_NA1")

# hail-is/hail, hail.methods.export_vcf: definitions with empty Descriptions and Numbers of `.` for arrays, flags of
# booleans, keys `a_index` and `was_split`, missing arrays as `.` and NA never, entries as call `.`/`./.`/`.|.`, structs
# as JSON text with commas.
DATABASES["hail_export"] = vcf("4.2", """
    ##hailversion=0.2.130
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="">
    ##FORMAT=<ID=AD,Number=.,Type=Integer,Description="">
    ##FORMAT=<ID=DP,Number=1,Type=Integer,Description="">
    ##FORMAT=<ID=PGT,Number=1,Type=String,Description="">
    ##FORMAT=<ID=PL,Number=.,Type=Integer,Description="">
    ##INFO=<ID=AC,Number=.,Type=Integer,Description="">
    ##INFO=<ID=AF,Number=.,Type=Float,Description="">
    ##INFO=<ID=was_split,Number=0,Type=Flag,Description="">
    ##INFO=<ID=a_index,Number=1,Type=Integer,Description="">
    ##INFO=<ID=old_locus,Number=1,Type=String,Description="">""", """
    chr1 904165 . G A 5.23460e+04 . AC=518;AF=1.03100e-01;a_index=1;old_locus=chr1:904165 GT:AD:DP:PGT:PL 0/0:4,0:4:.:0,12,147 ./.:.:.:.:.
    chr1 909917 rs1 G A 1.57670e+03 PASS AC=3,.;AF=.,3.73e-03;was_split;a_index=2 GT:AD:DP:PGT:PL .|.:.,3:3:0|1:. 0|1:1,2:3:0|1:37,0,40""", "C1046::HG02024 C1046::HG02025")

# freeseek/gtc2vcf, README (bcftools +gtc2vcf): a header line without value (##EGT=), BAF and LRR with nan and inf,
# alleles D and I.
DATABASES["array_gtc2vcf"] = vcf("4.2", """
    ##BPM=GSA-24v3-0_A2.bpm
    ##EGT=
    ##INFO=<ID=GenTrain_Score,Number=1,Type=Float,Description="Gen Train Score">
    ##INFO=<ID=ALLELE_A,Number=1,Type=Integer,Description="A allele">
    ##INFO=<ID=Intensity_Threshold,Number=1,Type=Float,Description="Intensity threshold">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
    ##FORMAT=<ID=BAF,Number=1,Type=Float,Description="B Allele Frequency">
    ##FORMAT=<ID=LRR,Number=1,Type=Float,Description="Log R Ratio">
    ##FORMAT=<ID=IGC,Number=1,Type=Float,Description="Illumina GenCall Confidence Score">""", """
    1 103380393 rs1:x.1-2 A G . . GenTrain_Score=0.8;ALLELE_A=0;Intensity_Threshold=-inf GT:BAF:LRR:IGC 0/1:0.51:-0.02:0.93 ./.:nan:-inf:0
    1 103380400 exm-IND1 D I . . ALLELE_A=-1 GT:BAF:LRR:IGC 0/0:0:0.1:0.9 0/1:0.5:0.1:0.9""", "204_R01C01 204_R02C01")
