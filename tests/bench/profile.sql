-- Twenty columns of so1-profile --as-of 2026-11-01, by the definitions of its manual, for
-- DuckDB. @IN@ and @OUT@ are put in by profile.sh, which also holds the values against ours.
COPY (
WITH events AS (
	SELECT *, CASE WHEN event = 'purchase' THEN coalesce(order_id, CAST(ts AS VARCHAR)) END AS o,
		event IN ('purchase', 'return') AS line,
		CASE event WHEN 'return' THEN -abs(amount) WHEN 'purchase' THEN amount END AS net,
		CASE event WHEN 'return' THEN -abs(coalesce(qty, 1)) WHEN 'purchase' THEN coalesce(qty, 1) END AS pieces
	FROM read_csv('@IN@', header = true, quote = '"', escape = '"', delim = ',',
		types = {'ts': 'TIMESTAMP', 'qty': 'DECIMAL(18,2)', 'amount': 'DECIMAL(18,2)', 'order_id': 'VARCHAR'})
	WHERE event <> 'golden' AND (ts IS NULL OR ts < TIMESTAMP '2026-11-01')),
customers AS (
	SELECT customer_id,
		count(DISTINCT o) AS orders,
		coalesce(sum(pieces), 0) AS items,
		CASE WHEN count(*) FILTER (line) = 0 THEN 0 ELSE sum(net) END AS spend,
		count(DISTINCT o) FILTER (ts >= TIMESTAMP '2026-10-04') AS orders_28d,
		count(DISTINCT o) FILTER (ts >= TIMESTAMP '2026-08-02') AS orders_91d,
		count(DISTINCT o) FILTER (ts >= TIMESTAMP '2025-11-01') AS orders_365d,
		CASE WHEN count(*) FILTER (line AND ts >= TIMESTAMP '2026-10-04') = 0 THEN 0
			ELSE sum(net) FILTER (ts >= TIMESTAMP '2026-10-04') END AS spend_28d,
		CASE WHEN count(*) FILTER (line AND ts >= TIMESTAMP '2026-08-02') = 0 THEN 0
			ELSE sum(net) FILTER (ts >= TIMESTAMP '2026-08-02') END AS spend_91d,
		CASE WHEN count(*) FILTER (line AND ts >= TIMESTAMP '2025-11-01') = 0 THEN 0
			ELSE sum(net) FILTER (ts >= TIMESTAMP '2025-11-01') END AS spend_365d,
		-sum(pieces) FILTER (event = 'return') AS given_back,
		sum(pieces) FILTER (event = 'purchase') AS bought,
		CAST(min(ts) FILTER (event = 'purchase') AS DATE) AS first_order,
		CAST(max(ts) FILTER (event = 'purchase') AS DATE) AS last_order,
		DATE '2026-11-01' - CAST(min(ts) AS DATE) AS tenure_days,
		count(*) FILTER (event = 'visit' AND ts >= TIMESTAMP '2026-10-04') AS visits_28d,
		count(*) FILTER (event = 'view' AND ts >= TIMESTAMP '2026-10-04') AS views_28d,
		count(*) FILTER (event = 'send' AND ts >= TIMESTAMP '2026-08-02') AS sends_91d,
		count(*) FILTER (event = 'open' AND ts >= TIMESTAMP '2026-08-02') AS opens_91d,
		count(DISTINCT category) FILTER (event = 'purchase') AS categories
	FROM events GROUP BY customer_id)
SELECT customer_id, orders, items, spend, spend / nullif(orders, 0) AS aov,
	orders_28d, orders_91d, orders_365d, spend_28d, spend_91d, spend_365d,
	coalesce(given_back, 0) / nullif(bought, 0) AS return_rate, first_order, last_order,
	DATE '2026-11-01' - last_order AS recency_days, tenure_days, visits_28d, views_28d,
	sends_91d, opens_91d, categories
FROM customers ORDER BY customer_id
) TO '@OUT@' (HEADER);
