"""The decisions of advthumb: frozen values and pure functions, standard library only.

What is wanted is a `spec.ThumbnailSpec`; what a file is, `sniffing.sniff` and an engine's
`images.SourceInfo` say; `planning.plan` turns the two into a `images.RenderPlan` that an engine
carries out without deciding anything. `detection` writes the reason for a thumbnail into its name
and reads it back as a `detection.Verdict`.
"""
