"""The decisions of advthumb: frozen values and pure functions, standard library only.

What is wanted is a `spec.ThumbnailSpec`; what a file is, `sniffing.sniff` and an engine's
`images.SourceInfo` say; `planning.plan` turns the two into a `images.RenderPlan` that an engine
carries out without deciding anything. What a thumbnail was made of is a `fingerprints.Fingerprint`,
which `names` writes into its name and reads back; `detection.assess` makes a `Verdict` of it.
"""
