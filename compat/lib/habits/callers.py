"""Habits of programs that call variants."""

from __future__ import annotations

from habits.text import GT, vcf

CALLERS: dict[str, str] = {}

# HKU-BAL/Clair3, shared/vcf.py and README "Output": P and F are flags, AF has Number=1 though a multi-allelic site has
# one for each ALT, QUAL has two digits, RefCall sites have ALT `.`.
CALLERS["clair3"] = vcf("4.2", """
    ##source=Clair3
    ##clair3_version=1.0.10
    ##cmdline=/opt/bin/run_clair3.sh --bam_fn=x.bam --model_path=/opt/models/r941_prom_sup_g5014 --platform=ont
    ##FILTER=<ID=PASS,Description="All filters passed">
    ##FILTER=<ID=LowQual,Description="Low quality variant">
    ##FILTER=<ID=RefCall,Description="Reference call">
    ##INFO=<ID=P,Number=0,Type=Flag,Description="Result from pileup calling">
    ##INFO=<ID=F,Number=0,Type=Flag,Description="Result from full-alignment calling">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
    ##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype Quality">
    ##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read Depth">
    ##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Read depth for each allele">
    ##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Phred-scaled genotype likelihoods rounded to the closest integer">
    ##FORMAT=<ID=AF,Number=1,Type=Float,Description="Observed allele frequency in reads, for each ALT allele, in the same order as listed">
    ##contig=<ID=chr20,length=64444167>""", """
    chr20 100 . A C 18.44 PASS F GT:GQ:DP:AD:AF 0/1:18:31:14,16:0.5161
    chr20 120 . A C,G 9.01 PASS P GT:GQ:DP:AD:AF 1/2:9:28:0,12,15:0.4286,0.5357
    chr20 140 . T . 11.2 RefCall P GT:GQ:DP:AD:AF 0/0:11:25:21:0.0400
    chr20 160 . G T 1.05 LowQual P GT:GQ:DP:AD:AF ./.:1:6:3,2:.""", "SAMPLE")

# Illumina/canvas, src/Canvas/CanvasCommon/CanvasSegmentWriter.cs: copy number segments from POS 0 of a contig, ALT
# <CNV>, END and CNVLEN, a header of its own keys without values, FORMAT RC:BC:CN:MCC with MCC `.`.
CALLERS["canvas"] = vcf("4.1", """
    ##source=Canvas 1.40.0.1613+master
    ##reference=/genomes/Homo_sapiens/UCSC/hg19/Sequence/WholeGenomeFasta/genome.fa
    ##OverallPloidy=2.04
    ##DiploidCoverage=37.00
    ##EstimatedTumorPurity=
    ##ALT=<ID=CNV,Description="Copy number variable region">
    ##ALT=<ID=CN0,Description="Copy number allele: 0 copies">
    ##FILTER=<ID=q10,Description="Quality below 10">
    ##FILTER=<ID=L10kb,Description="Length less than 10kb">
    ##INFO=<ID=CIEND,Number=2,Type=Integer,Description="Confidence interval around END for imprecise variants">
    ##INFO=<ID=CIPOS,Number=2,Type=Integer,Description="Confidence interval around POS for imprecise variants">
    ##INFO=<ID=CNVLEN,Number=1,Type=Integer,Description="Number of reference positions spanned by this CNV">
    ##INFO=<ID=END,Number=1,Type=Integer,Description="End position of the variant described in this record">
    ##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Type of structural variant">
    ##INFO=<ID=SUBCLONAL,Number=0,Type=Flag,Description="Subclonal variant">
    ##FORMAT=<ID=RC,Number=1,Type=Float,Description="Mean counts per bin in the region">
    ##FORMAT=<ID=BC,Number=1,Type=Float,Description="Number of bins in the region">
    ##FORMAT=<ID=CN,Number=1,Type=Integer,Description="Copy number genotype for imprecise events">
    ##FORMAT=<ID=MCC,Number=1,Type=Integer,Description="Major chromosome count (equal to copy number for LOH regions)">""", """
    chr1 0 Canvas:REF:chr1:1-9999 N . 60 PASS END=9999 RC:BC:CN:MCC 37.50:12:2:.
    chr1 10000 Canvas:GAIN:chr1:10001-90000 N <CNV> 28 PASS SVTYPE=CNV;END=90000;CNVLEN=80000;CIPOS=-500,500;CIEND=-431,431 RC:BC:CN:MCC 55.21:118:3:2
    chr1 95000 Canvas:LOSS:chr1:95001-99000 N <CNV> 3 q10;L10kb SVTYPE=CNV;END=99000;CNVLEN=4000;SUBCLONAL RC:BC:CN:MCC 18.02:6:1:1""", "TUMOR")

# luntergroup/octopus, docs "VCF format": `*` before and beside bases for alleles that span, PS by position, MQ as
# FORMAT, GQ and QUAL with fractions, HSS and HPC of somatic haplotypes, polyploid genotypes.
CALLERS["octopus"] = vcf("4.3", """
    ##source=octopus
    ##octopus=<version=0.7.4,command="octopus -R ref.fa -I x.bam",options="allow-marked-duplicates=0",date="2021-05-21T10:00:00">
    ##INFO=<ID=AC,Number=A,Type=Integer,Description="Allele count in genotypes">
    ##INFO=<ID=AN,Number=1,Type=Integer,Description="Total number of alleles in called genotypes">
    ##INFO=<ID=MQ,Number=1,Type=Integer,Description="RMS mapping quality">
    ##INFO=<ID=MP,Number=1,Type=Float,Description="Model posterior">
    ##INFO=<ID=SOMATIC,Number=0,Type=Flag,Description="Indicates that the record is a somatic mutation">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
    ##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Conditional genotype quality (phred-scaled)">
    ##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth">
    ##FORMAT=<ID=MQ,Number=1,Type=Integer,Description="RMS mapping quality">
    ##FORMAT=<ID=PS,Number=1,Type=String,Description="Phase set">
    ##FORMAT=<ID=PQ,Number=1,Type=Integer,Description="Phasing quality">
    ##FORMAT=<ID=HSS,Number=.,Type=Integer,Description="Somatic status for each haplotype">""", """
    1 100 . AC A,*C 2871.5 PASS AC=1,1;AN=2;MQ=60;MP=71.2 GT:GQ:DP:MQ:PS:PQ 1|2:99:31:60:100:99
    1 101 . C *,T 1200 PASS AC=1,1;AN=2;MQ=60 GT:GQ:DP:MQ:PS:PQ 1|2:99:29:60:100:99
    1 200 . G T 33.7 PASS AC=1;AN=3;SOMATIC GT:GQ:DP:MQ:PS:PQ:HSS 0|0|1:33:40:58:200:20:0,0,1""", "NA12878")

# Illumina/ExpansionHunter, 04_OutputVcfFormat.md: ALT <STRn>, several or none, REF of one base, RL/REF/RU in INFO (a
# key named as a column), lists split at `/`, haploid calls; LowDepth in FILTER.
CALLERS["expansionhunter"] = vcf("4.1", """
    ##ALT=<ID=STR17,Description="Allele comprised of 17 repeat units">
    ##ALT=<ID=STR33,Description="Allele comprised of 33 repeat units">
    ##FILTER=<ID=LowDepth,Description="The overall locus depth is below 10x or number of reads spanning one or both breakends is below 5">
    ##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Type of structural variant">
    ##INFO=<ID=END,Number=1,Type=Integer,Description="End position of the variant">
    ##INFO=<ID=REF,Number=1,Type=Integer,Description="Reference copy number">
    ##INFO=<ID=REPID,Number=1,Type=String,Description="Repeat identifier as specified in the variant catalog">
    ##INFO=<ID=RL,Number=1,Type=Integer,Description="Reference length in bp">
    ##INFO=<ID=RU,Number=1,Type=String,Description="Repeat unit in the reference orientation">
    ##INFO=<ID=VARID,Number=1,Type=String,Description="Variant identifier as specified in the variant catalog">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
    ##FORMAT=<ID=SO,Number=1,Type=String,Description="Type of reads that support the allele; can be SPANNING, FLANKING, or INREPEAT">
    ##FORMAT=<ID=REPCN,Number=1,Type=String,Description="Number of repeat units spanned by the allele">
    ##FORMAT=<ID=REPCI,Number=1,Type=String,Description="Confidence interval for REPCN">
    ##FORMAT=<ID=ADSP,Number=1,Type=String,Description="Number of spanning reads consistent with the allele">
    ##FORMAT=<ID=LC,Number=1,Type=Float,Description="Locus coverage">""", """
    chr4 3074876 . C <STR17>,<STR33> . PASS END=3074933;REF=19;RL=57;RU=CAG;VARID=HTT;REPID=HTT GT:SO:REPCN:REPCI:ADSP:LC 1/2:SPANNING/INREPEAT:17/33:17-17/30-38:22/0:35.3
    chrX 67545316 . G . . LowDepth END=67545385;REF=23;RL=69;RU=GCA;VARID=AR;REPID=AR GT:SO:REPCN:REPCI:ADSP:LC 0:SPANNING:23:23-23:4:3
    chrX 147912050 . G . . PASS END=147912110;REF=20;RL=60;RU=CGG;VARID=FMR1;REPID=FMR1 GT:SO:REPCN:REPCI:ADSP:LC ./.:./.:./.:./.:./.:0""", "s")

# fritzsedlazeck/Sniffles, v2.0 to 2.3 output: SUPP_VEC, COVERAGE of five, STDEV with fractions, RNAMES lists, DR/DV,
# `N` as REF with a sequence as ALT, breakends of one base, CIEND of Type Integer with fractions in early versions.
CALLERS["sniffles2"] = vcf("4.2", """
    ##source=Sniffles2_2.0.7
    ##command="sniffles -i x.bam -v x.vcf"
    ##ALT=<ID=INS,Description="Insertion">
    ##ALT=<ID=BND,Description="Breakend; Translocation">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
    ##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">
    ##FORMAT=<ID=DR,Number=1,Type=Integer,Description="Number of reference reads">
    ##FORMAT=<ID=DV,Number=1,Type=Integer,Description="Number of variant reads">
    ##FORMAT=<ID=ID,Number=1,Type=String,Description="Individual sample SV ID for multi-sample output">
    ##FILTER=<ID=GT,Description="Genotype filter">
    ##INFO=<ID=PRECISE,Number=0,Type=Flag,Description="Structural variation with precise breakpoints">
    ##INFO=<ID=SVLEN,Number=1,Type=Integer,Description="Length of structural variation">
    ##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Type of structural variation">
    ##INFO=<ID=END,Number=1,Type=Integer,Description="End position of structural variation">
    ##INFO=<ID=CHR2,Number=1,Type=String,Description="Mate chromsome for BND SVs">
    ##INFO=<ID=SUPPORT,Number=1,Type=Integer,Description="Number of reads supporting the structural variation">
    ##INFO=<ID=COVERAGE,Number=.,Type=Float,Description="Coverages near upstream, start, center, end, downstream of structural variation">
    ##INFO=<ID=STRAND,Number=1,Type=String,Description="Strands of supporting reads for structural variant">
    ##INFO=<ID=SUPP_VEC,Number=1,Type=String,Description="List of read support for all samples">
    ##INFO=<ID=CIEND,Number=2,Type=Integer,Description="Confidence interval">
    ##INFO=<ID=STDEV_LEN,Number=1,Type=Float,Description="Standard deviation of structural variation length">
    ##INFO=<ID=RNAMES,Number=.,Type=String,Description="Names of supporting reads (if enabled with --output-rnames)">""", """
    chr1 10862 Sniffles2.INS.0S0 N GTGGCGCAGGCGCAGAGA 60 PASS PRECISE;SVTYPE=INS;SVLEN=18;END=10862;SUPPORT=7;COVERAGE=None,9,9,9,10;STRAND=+-;SUPP_VEC=10;STDEV_LEN=0.577;RNAMES=a/1,b/2 GT:GQ:DR:DV:ID 0/1:31:4:7:Sniffles2.INS.1 ./.:0:0:0:NULL
    chr1 20000 Sniffles2.BND.1S0 N N]chr5:11750] 44 GT PRECISE;SVTYPE=BND;SUPPORT=3;CHR2=chr5;CIEND=-1.5,2.5;STRAND=+;SUPP_VEC=01 GT:GQ:DR:DV:ID 0/0:2:20:3:NULL 0/1:9:11:5:x
    chr1 30000 Sniffles2.DEL.2S0 NNNNN N 58 PASS SVTYPE=DEL;SVLEN=-4;END=30004;SUPP_VEC=11 GT:GQ:DR:DV:ID 1/1:40:0:9:x 1/1:40:0:9:y""", "s1 s2")

# PacificBiosciences/pbsv, "Output": SVANN lists, IMPRECISE cnv, NearReferenceGap filters, SAC of four, MATEDIST; CN of
# a cnv beside GT.
CALLERS["pbsv"] = vcf("4.2", """
    ##source=pbsv 2.6.2 (commit v2.6.2)
    ##PG="pbsv call ref.fa x.svsig.gz x.vcf"
    ##INFO=<ID=IMPRECISE,Number=0,Type=Flag,Description="Imprecise structural variation">
    ##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Type of structural variant">
    ##INFO=<ID=END,Number=1,Type=Integer,Description="End position of the structural variant described in this record">
    ##INFO=<ID=SVLEN,Number=.,Type=Integer,Description="Difference in length between REF and ALT alleles">
    ##INFO=<ID=SVANN,Number=.,Type=String,Description="Repeat annotation of structural variant">
    ##INFO=<ID=CIPOS,Number=2,Type=Integer,Description="Confidence interval around POS for imprecise variants">
    ##INFO=<ID=MATEID,Number=.,Type=String,Description="ID of mate breakends">
    ##INFO=<ID=MATEDIST,Number=1,Type=Integer,Description="Distance to the mate breakend for mates on the same contig">
    ##FILTER=<ID=NearContigEnd,Description="Near (&lt; 1K) to a contig end">
    ##FILTER=<ID=Decoy,Description="Variant involves a decoy sequence">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
    ##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Read depth per allele">
    ##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth at this position for this sample">
    ##FORMAT=<ID=SAC,Number=.,Type=Integer,Description="Number of reads on the forward and reverse strand supporting each allele including reference">
    ##FORMAT=<ID=CN,Number=1,Type=Integer,Description="Copy number genotype for imprecise events">""", """
    chr1 66195 pbsv.INS.1 T TATTAATACCATTA . PASS SVTYPE=INS;END=66195;SVLEN=13;SVANN=TANDEM,ALU GT:AD:DP:SAC 1/1:0,11:11:0,0,6,5
    chr1 90000 pbsv.CNV.2 T <CNV> . Decoy IMPRECISE;SVTYPE=cnv;END=95000;SVLEN=5000;CIPOS=-10,20 GT:CN:AD:DP ./.:4:.:12
    chr1 99000 pbsv.BND.3 C C[chr7:100[ . NearContigEnd SVTYPE=BND;CIPOS=0,4;MATEID=pbsv.BND.4;MATEDIST=1 GT:AD:DP 0/1:7,5:12""", "s")

# walaj/svaba, README "Output file description": REF/ALT breakends with inserted bases, EVDNC, scores in FORMAT
# GT:AD:DP:GQ:PL:SR:CR:LR:LO where PL and GQ have fractions (declared Float and `.`), MAPQ beside DISC_MAPQ, SCTG with
# spaces made underscores.
CALLERS["svaba"] = vcf("4.2", """
    ##source=svABA
    ##filedate=20190101
    ##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Type of structural variant">
    ##INFO=<ID=SPAN,Number=1,Type=Integer,Description="Distance between the breakpoints. -1 for interchromosomal">
    ##INFO=<ID=SCTG,Number=1,Type=String,Description="Identifier for the contig assembled by svABA to make the SV call">
    ##INFO=<ID=EVDNC,Number=1,Type=String,Description="Evidence for variant.">
    ##INFO=<ID=MATEID,Number=1,Type=String,Description="Mate ID">
    ##INFO=<ID=MATENM,Number=1,Type=Integer,Description="NM">
    ##INFO=<ID=IMPRECISE,Number=0,Type=Flag,Description="Imprecise structural variation">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Most likely genotype">
    ##FORMAT=<ID=AD,Number=1,Type=Integer,Description="Allele depth: Number of reads supporting the variant">
    ##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth of coverage: Number of reads covering site.">
    ##FORMAT=<ID=GQ,Number=1,Type=String,Description="Genotype quality (currently not supported. Always 0)">
    ##FORMAT=<ID=PL,Number=.,Type=Float,Description="Normalized likelihood of the current genotype">
    ##FORMAT=<ID=SR,Number=1,Type=Integer,Description="Number of spanning reads for this variants">
    ##FORMAT=<ID=LR,Number=1,Type=Float,Description="Log-odds that this variant is REF vs AF=0.5">
    ##FORMAT=<ID=LO,Number=1,Type=Float,Description="Log-odds that this variant is real vs artifact">""", """
    1 1000 7:1 A A[2:5000[ 99 PASS SVTYPE=BND;SPAN=-1;SCTG=c_1_1_25000_17C;EVDNC=ASDIS;MATEID=7:2;MATENM=0 GT:AD:DP:GQ:PL:SR:LR:LO 0/1:12:40:0:33.1,0,82.4:8:-30.01:31.2 0/0:0:33:0:0,9,99.9:0:9.1:0
    2 5000 7:2 G ]1:1000]TTG 99 PASS SVTYPE=BND;SPAN=-1;IMPRECISE;EVDNC=DSCRD;MATEID=7:1 GT:AD:DP:GQ:PL:SR:LR:LO 0/1:12:40:0:33.1,0,82.4:8:-30.01:31.2 0/0:0:33:0:0,9,99.9:0:9.1:0""",
    "tumor.bam /data/normal.bam")

# arq5x/lumpy-sv, README and svtyper: STRANDS lists of strand:count, CIPOS95, PRPOS/PREND as probability curves,
# SU/PE/SR.
CALLERS["lumpy"] = vcf("4.2", """
    ##source=LUMPY
    ##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Type of structural variant">
    ##INFO=<ID=SVLEN,Number=.,Type=Integer,Description="Difference in length between REF and ALT alleles">
    ##INFO=<ID=END,Number=1,Type=Integer,Description="End position of the variant described in this record">
    ##INFO=<ID=STRANDS,Number=.,Type=String,Description="Strand orientation of the adjacency in BEDPE format (DEL:+-, DUP:-+, INV:++/--)">
    ##INFO=<ID=CIPOS95,Number=2,Type=Integer,Description="Confidence interval (95%) around POS for imprecise variants">
    ##INFO=<ID=PRPOS,Number=.,Type=String,Description="LUMPY probability curve of the POS breakend">
    ##INFO=<ID=SU,Number=.,Type=Integer,Description="Number of pieces of evidence supporting the variant across all samples">
    ##INFO=<ID=EVENT,Number=1,Type=String,Description="ID of event associated to breakend">
    ##ALT=<ID=DEL,Description="Deletion">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
    ##FORMAT=<ID=SU,Number=1,Type=Integer,Description="Number of pieces of evidence supporting the variant">
    ##FORMAT=<ID=AB,Number=A,Type=Float,Description="Allele balance">
    ##FORMAT=<ID=SQ,Number=1,Type=Float,Description="Phred-scaled probability that this site is variant">
    ##FORMAT=<ID=GL,Number=G,Type=Float,Description="Genotype Likelihood, log10-scaled likelihoods of the data">""", """
    1 869423 1 G <DEL> 1290.71 . SVTYPE=DEL;STRANDS=+-:19;SVLEN=-857;END=870280;CIPOS95=-1,2;SU=19;PRPOS=1.5e-05,0.99,9.7e-06 GT:SU:AB:SQ:GL 0/1:19:0.47:1290.71:-130,-1,-80 ./.:0:.:.:.
    1 900000 2_1 N [2:321682[N 0.00 LOW SVTYPE=BND;STRANDS=--:4,++:2;EVENT=2;SU=6 GT:SU:AB:SQ:GL 0/0:0:0:0.00:0,-3,-11 0/1:6:0.3:2.5:-7,-1,-40""", "a b")

# andyrimmer/Platypus (documentation of its output): FORMAT GQ with Number=. , NR and NV for each ALT, TC/TR in INFO, FR
# `1.0000`, GL of multi-allelic sites `-1,-1,-1`, FILTER lists, HP, SbPval. That GQ then does hold two values is ours.
CALLERS["platypus"] = vcf("4.0", """
    ##source=Platypus_Version_0.8.1
    ##platypusOptions={'assemblyRegionSize': 1500, 'trimReadFlank': 0, 'regions': None}
    ##INFO=<ID=FR,Number=.,Type=Float,Description="Estimated population frequency of variant">
    ##INFO=<ID=TC,Number=1,Type=Integer,Description="Total coverage at this locus">
    ##INFO=<ID=TR,Number=.,Type=Integer,Description="Total number of reads containing this variant">
    ##INFO=<ID=MMLQ,Number=1,Type=Float,Description="Median minimum base quality for bases around variant">
    ##INFO=<ID=SC,Number=1,Type=String,Description="Genomic sequence 10 bases either side of variant position">
    ##INFO=<ID=HP,Number=1,Type=Integer,Description="Homopolymer run length around variant locus">
    ##INFO=<ID=Source,Number=.,Type=String,Description="Was this variant suggested by Playtypus, Assembler, or from a VCF?">
    ##FILTER=<ID=GOF,Description="Variant fails goodness-of-fit test.">
    ##FILTER=<ID=badReads,Description="Variant supported only by reads with low quality bases">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Unphased genotypes">
    ##FORMAT=<ID=GQ,Number=.,Type=Integer,Description="Genotype quality as phred score">
    ##FORMAT=<ID=GOF,Number=.,Type=Float,Description="Goodness of fit value">
    ##FORMAT=<ID=NR,Number=.,Type=Integer,Description="Number of reads covering variant location in this sample">
    ##FORMAT=<ID=GL,Number=.,Type=Float,Description="Genotype log10-likelihoods for AA,AB and BB genotypes">
    ##FORMAT=<ID=NV,Number=.,Type=Integer,Description="Number of reads containing variant in this sample">""", """
    20 61098 . C T 2965 PASS FR=1.0000;TC=59;TR=58;MMLQ=31;SC=CTTTTGAGAACGTGCAGATTT;HP=1;Source=Platypus GT:GL:GOF:GQ:NR:NV 1/1:-178.5,-17.46,0.0:4.0:99:59:58
    20 61795 . GT G,GTT 200 GOF;badReads FR=0.5,0.5;TC=31;TR=12,14;MMLQ=30;SC=AAAAAAAAGTTTTTTTTTTTT;HP=12;Source=Platypus,Assembler GT:GL:GOF:GQ:NR:NV 1/2:-1,-1,-1:55.0:99,98:31,31:12,14""", "HG00096")

# CSB5/lofreq (its VCF output): no FORMAT, DP4, SB, a filter named with its threshold, HRUN, AF as plain float of Number
# 1.
CALLERS["lofreq"] = vcf("4.0", """
    ##source=lofreq call -f ref.fa x.bam
    ##INFO=<ID=DP,Number=1,Type=Integer,Description="Raw Depth">
    ##INFO=<ID=AF,Number=1,Type=Float,Description="Allele Frequency">
    ##INFO=<ID=SB,Number=1,Type=Integer,Description="Phred-scaled strand bias at this position">
    ##INFO=<ID=DP4,Number=4,Type=Integer,Description="Counts for ref-forward bases, ref-reverse, alt-forward and alt-reverse bases">
    ##INFO=<ID=INDEL,Number=0,Type=Flag,Description="Indicates that the variant is an INDEL.">
    ##INFO=<ID=HRUN,Number=1,Type=Integer,Description="Homopolymer length to the right of report indel position">
    ##INFO=<ID=CONSVAR,Number=0,Type=Flag,Description="Indicates that the variant is a consensus variant">
    ##FILTER=<ID=min_snvqual_64,Description="Minimum SNV Quality (Phred) 64">
    ##FILTER=<ID=sb_fdr,Description="Strand-Bias Multiple Testing Correction: fdr corr. pvalue > 0.001000">""", """
    NC_045512.2 241 . C T 49314 PASS DP=1377;AF=0.998547;SB=0;DP4=0,1,667,708
    NC_045512.2 6696 . CT C 90 min_snvqual_64;sb_fdr DP=500;AF=0.041;SB=24;DP4=239,243,4,14;INDEL;HRUN=8;CONSVAR""")

# iontorrent/TS, Analysis/VariantCaller (VcfHeader of TVC 5): FDVR and 30 other INFO lists of each ALT, FR as free text
# with `.`, FAO beside AO, OID/OPOS/OREF/OALT/OMAPALT of hotspots, ALT that is OMAPALT, GQ `99`, Number=A lists of
# FORMAT.
CALLERS["ion_torrent_tvc"] = vcf("4.1", """
    ##fileUTCtime=2021-05-05T10:00:00
    ##source="tvc 5.12-27 (1) - Torrent Variant Caller"
    ##deamination_metric=.
    ##manually_input_deamination_metric=0
    ##INFO=<ID=AF,Number=A,Type=Float,Description="Allele frequency based on Flow Evaluator observation counts">
    ##INFO=<ID=AO,Number=A,Type=Integer,Description="Alternate allele observations">
    ##INFO=<ID=FAO,Number=A,Type=Integer,Description="Flow Evaluator Alternate allele observations">
    ##INFO=<ID=FDVR,Number=A,Type=Integer,Description="Level of Flow Disruption of the alternative allele versus reference.">
    ##INFO=<ID=FR,Number=.,Type=String,Description="Reason why the variant was filtered.">
    ##INFO=<ID=HS,Number=0,Type=Flag,Description="Indicate it is at a hot spot">
    ##INFO=<ID=LEN,Number=A,Type=Integer,Description="allele length">
    ##INFO=<ID=MLLD,Number=A,Type=Float,Description="Mean log-likelihood delta per read.">
    ##INFO=<ID=OALT,Number=.,Type=String,Description="List of original variant bases">
    ##INFO=<ID=OID,Number=.,Type=String,Description="List of original Hotspot IDs">
    ##INFO=<ID=OMAPALT,Number=.,Type=String,Description="Maps OID,OPOS,OREF,OALT entries to specific ALT alleles">
    ##INFO=<ID=OPOS,Number=.,Type=Integer,Description="List of original allele positions">
    ##INFO=<ID=OREF,Number=.,Type=String,Description="List of original reference bases">
    ##INFO=<ID=STBP,Number=A,Type=Float,Description="Pval of Strand bias in variant relative to reference.">
    ##INFO=<ID=TYPE,Number=A,Type=String,Description="The type of allele, either snp, mnp, ins, del, or complex.">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
    ##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype Quality, the Phred-scaled marginal (or unconditional) probability of the called genotype">
    ##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read Depth">
    ##FORMAT=<ID=FDP,Number=1,Type=Integer,Description="Flow Evaluator Read Depth">
    ##FORMAT=<ID=AO,Number=A,Type=Integer,Description="Alternate allele observation count">
    ##FORMAT=<ID=AF,Number=A,Type=Float,Description="Allele frequency based on Flow Evaluator observation counts">""", """
    chr1 43815006 COSM19193;COSM18918 TGG TTT,AGG,T 0.04 NOCALL AF=0,0.001,0;AO=0,2,0;FAO=0,2,0;FDVR=10,5,0;FR=.&REJECTION,.,.;HS;LEN=2,1,2;MLLD=87.1,nan,12;OALT=TT,A,-;OID=COSM19193,COSM18918,.;OMAPALT=TTT,AGG,T;OPOS=43815007,43815006,43815007;OREF=GG,T,GG;STBP=1,0.667,1;TYPE=mnp,snp,del GT:GQ:DP:FDP:AO:AF 0/0:99:1998:1996:0,2,0:0,0.001,0
    chr1 115256529 COSM584 T C 6520.1 PASS AF=0.5;AO=1000;FAO=998;FDVR=10;FR=.;HS;LEN=1;OALT=C;OID=COSM584;OMAPALT=C;OPOS=115256529;OREF=T;STBP=.;TYPE=snp GT:GQ:DP:FDP:AO:AF 0/1:99:1999:1996:1000:0.5""", "panel_v1")

# Illumina/Pisces, wiki "Output": VF and NL and SB in FORMAT declared Float and Integer, GQX, reference calls with ALT
# `.`, US of Type String and of six values, filters as q30;SB;LowVariantFreq, forced reports `FR`.
CALLERS["pisces"] = vcf("4.1", """
    ##source=Pisces 5.2.10.49
    ##Pisces_cmdline="-b x.bam -g /genome --gVCF true"
    ##reference=/genome
    ##INFO=<ID=DP,Number=1,Type=Integer,Description="Total Depth">
    ##FILTER=<ID=q30,Description="Quality score less than 30">
    ##FILTER=<ID=SB,Description="Variant strand bias too high">
    ##FILTER=<ID=R5x9,Description="Repeats of part or all of the variant allele (max repeat length 5) in the reference greater than or equal to 9">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
    ##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype Quality">
    ##FORMAT=<ID=AD,Number=.,Type=Integer,Description="Allele Depth">
    ##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Total Depth Used For Variant Calling">
    ##FORMAT=<ID=VF,Number=.,Type=Float,Description="Variant Frequency">
    ##FORMAT=<ID=NL,Number=1,Type=Integer,Description="Applied BaseCall Noise Level">
    ##FORMAT=<ID=SB,Number=1,Type=Float,Description="StrandBias Score">
    ##FORMAT=<ID=US,Number=1,Type=String,Description="Supporting counts by read type">""", """
    chr1 115251270 . G . 100 PASS DP=1520 GT:GQ:AD:DP:VF:NL:SB:US 0/0:100:1519:1520:0.00066:20:-100.0000:0,0,0,0,0,0
    chr1 115251293 . A C 12 q30;SB DP=1400 GT:GQ:AD:DP:VF:NL:SB:US 0/1:12:1380,20:1400:0.014:20:1.2000:1,0,3,4,6,6
    chr1 115251300 . C T,G 100 R5x9 DP=1000 GT:GQ:AD:DP:VF:NL:SB ./.:100:0,600,400:1000:0.6:20:-100""", "S1.bam")

# google/deepvariant, docs "VCF output" and DeepTrio: VAF of Number=A, MED_DP/MIN_DP in gVCF, NoCall sites, MID model
# names.
CALLERS["deepvariant_gvcf"] = vcf("4.2", """
    ##DeepVariant_version=1.6.0
    ##FILTER=<ID=RefCall,Description="Genotyping model thinks this site is reference.">
    ##FILTER=<ID=NoCall,Description="Site has depth=0 resulting in no call.">
    ##INFO=<ID=END,Number=1,Type=Integer,Description="Stop position of the interval">
    ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
    ##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Conditional genotype quality">
    ##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth">
    ##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="Minimum DP observed within the GVCF block.">
    ##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Read depth for each allele">
    ##FORMAT=<ID=VAF,Number=A,Type=Float,Description="Variant allele fractions.">
    ##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Phred-scaled genotype likelihoods rounded to the closest integer">
    ##FORMAT=<ID=MID,Number=1,Type=String,Description="Model that made the call">""", """
    chr20 1 . N <*> 0 . END=60000 GT:GQ:MIN_DP:PL ./.:0:0:0,0,0
    chr20 60001 . T C,<*> 35.7 PASS . GT:GQ:DP:AD:VAF:PL:MID 0/1:35:30:14,16,0:0.533333,0:35,0,42,990,990,990:deepvariant
    chr20 60002 . A <*> 0 NoCall END=60009 GT:GQ:MIN_DP:PL 0/0:50:28:0,84,839""", "HG002")
