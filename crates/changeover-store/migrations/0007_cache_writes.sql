-- Input tokens that were written to a vendor's prompt cache, as parts of input_tokens: for its usual
-- lifetime, and for an hour. Rows of before did not tell them apart.

ALTER TABLE probe_samples ADD COLUMN cache_write_tokens INTEGER;
ALTER TABLE probe_samples ADD COLUMN cache_write_1h_tokens INTEGER;
ALTER TABLE gateway_traffic ADD COLUMN cache_write_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gateway_traffic ADD COLUMN cache_write_1h_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fallback_periods ADD COLUMN cache_write_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fallback_periods ADD COLUMN cache_write_1h_tokens INTEGER NOT NULL DEFAULT 0;
