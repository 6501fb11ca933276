-- Versions of subscriptions stay while an event for those who watch is kept from their time. Whether there is one is
-- asked whenever a subscription ends, among events of which most are for others; `{` is how such an audience begins.
CREATE INDEX events_for_watchers ON events (tenant_no, ms, n) WHERE substr(audience, 1, 1) = '{';
