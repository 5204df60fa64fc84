"""The demo's one app: photos with three thumbnails each."""
