"""The decisions of advthumb: frozen values and pure functions that use only the standard library.

A `spec.ThumbnailSpec` describes the wanted thumbnail. `sniffing.sniff` and an engine's `images.SourceInfo`
describe the source file. `planning.plan` combines the two into an `images.RenderPlan`, which an engine
executes without deciding anything. A `fingerprints.Fingerprint` records what a thumbnail was made from;
`names` writes it into the thumbnail's name and reads it back. `detection.assess` derives a `Verdict` from it.
"""
