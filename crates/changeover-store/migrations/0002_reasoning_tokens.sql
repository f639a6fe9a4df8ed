-- Output tokens that were spent on thinking, as a part of output_tokens. Rows of before did not know.

ALTER TABLE probe_samples ADD COLUMN reasoning_tokens INTEGER;
ALTER TABLE gateway_traffic ADD COLUMN reasoning_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fallback_periods ADD COLUMN reasoning_tokens INTEGER NOT NULL DEFAULT 0;
