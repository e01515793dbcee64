"""The catalogue in the CMS: every table that staff edit, as snippets with drafts and revisions."""
