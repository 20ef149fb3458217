-- Statements of a distribution ERP, written as its developers write them in SQLite's dialect, not
-- as the checker happens to take them. The tables are those of erp_schema.h.
--
--
--   name: what it is for            begins a statement
--   args: type:value …              its arguments (see ParseArgument)
--   ordered                         its ORDER BY is total, so the sequence of rows is compared
--   plain:                          the same for the file without Cordon, where that must differ
--   instead:                        what to write where the checker refuses the text by design
--   otherwise: …                    what the host does where no text can
--   by hand:                        the same with the tenant written by hand, for comparing plans

-- ==== customers, contacts, order entry ==========================================================

-- name: customer by id
-- args: text:C003
SELECT * FROM customers WHERE id = ?
-- by hand:
SELECT id, name, parent_id, kind, price_list, currency, tax_code, credit_limit, discount, payment_days, blocked, email, since, attributes FROM customers WHERE tenant_id = ? AND id = ?

-- name: customers to choose from
-- ordered
SELECT id, name FROM customers WHERE NOT blocked ORDER BY name, id
-- by hand:
SELECT id, name FROM customers WHERE tenant_id = ? AND NOT blocked ORDER BY name, id

-- name: customers by beginning of the name
-- args: text:Al%
-- ordered
SELECT id, name, kind FROM customers WHERE name LIKE ? ORDER BY name COLLATE NOCASE, id LIMIT 20
-- by hand:
SELECT id, name, kind FROM customers WHERE tenant_id = ? AND name LIKE ? ORDER BY name COLLATE NOCASE, id LIMIT 20

-- name: customers whose name holds a text with wildcards in it
-- args: text:10\%
SELECT id, name FROM customers WHERE name LIKE '%' || ? || '%' ESCAPE '\'

-- name: notes that hold a percent sign
SELECT id, note FROM audit_notes WHERE note LIKE '%100\%%' ESCAPE '\' ORDER BY id

-- name: customers without credit limit
SELECT id, name FROM customers WHERE credit_limit IS NULL

-- name: customers above a limit
-- args: decimal2:5000.00
-- ordered
SELECT id, credit_limit FROM customers WHERE credit_limit > ? ORDER BY credit_limit DESC, id

-- name: customers above a limit in the text
SELECT id, credit_limit FROM customers WHERE credit_limit > 9999.50

-- name: customers of two kinds
SELECT id, kind FROM customers WHERE kind IN ('dealer', 'chain')

-- name: customers and how many addresses they have
SELECT c.id, c.name, COUNT(a.address_no) AS addresses FROM customers c LEFT JOIN addresses a ON a.customer_id = c.id GROUP BY c.id, c.name
-- by hand:
SELECT c.id, c.name, COUNT(a.address_no) AS addresses FROM customers c LEFT JOIN addresses a ON a.tenant_id = ? AND a.customer_id = c.id WHERE c.tenant_id = ? GROUP BY c.id, c.name

-- name: default address
-- args: text:C005
SELECT street, city, postcode, country FROM addresses WHERE customer_id = ? AND is_default
-- by hand:
SELECT street, city, postcode, country FROM addresses WHERE tenant_id = ? AND customer_id = ? AND is_default

-- name: default address, compared to one
-- args: text:C005
SELECT street, city FROM addresses WHERE customer_id = ? AND is_default = 1

-- name: default address, compared to true
-- args: text:C005
SELECT street, city FROM addresses WHERE customer_id = ? AND is_default = TRUE

-- name: cities without regard to case
-- ordered
SELECT city COLLATE NOCASE AS town, COUNT(*) AS n FROM addresses GROUP BY city COLLATE NOCASE ORDER BY n DESC, town COLLATE NOCASE
-- plain:
SELECT LOWER(city) AS town, COUNT(*) AS n FROM addresses GROUP BY LOWER(city) ORDER BY 2 DESC, 1
-- instead:
SELECT LOWER(city) AS town, COUNT(*) AS n FROM addresses GROUP BY LOWER(city) ORDER BY n DESC, town

-- name: customers in a city without regard to case
-- args: text:BERLIN
SELECT DISTINCT c.id, c.name FROM customers c JOIN addresses a ON a.customer_id = c.id WHERE a.city = ? COLLATE NOCASE

-- name: countries we deliver to
-- ordered
SELECT DISTINCT country FROM addresses ORDER BY country
-- by hand:
SELECT DISTINCT country FROM addresses WHERE tenant_id = ? ORDER BY country

-- name: postcode area
SELECT SUBSTR(postcode, 1, 1) AS area, COUNT(*) AS n FROM addresses WHERE country = 'DE' GROUP BY area

-- name: contact card
-- args: text:C004
SELECT k.name, COALESCE(k.email, c.email, 'none') AS email, IFNULL(k.phone, '') AS phone FROM contacts k JOIN customers c ON c.id = k.customer_id WHERE k.customer_id = ?
-- by hand:
SELECT k.name, COALESCE(k.email, c.email, 'none') AS email, IFNULL(k.phone, '') AS phone FROM contacts k JOIN customers c ON c.tenant_id = ? AND c.id = k.customer_id WHERE k.tenant_id = ? AND k.customer_id = ?

-- name: customers without a contact
SELECT c.id, c.name FROM customers c WHERE NOT EXISTS (SELECT 1 FROM contacts k WHERE k.customer_id = c.id)
-- by hand:
SELECT c.id, c.name FROM customers c WHERE c.tenant_id = ? AND NOT EXISTS (SELECT 1 FROM contacts k WHERE k.tenant_id = ? AND k.customer_id = c.id)

-- name: customers without a contact, by outer join
SELECT c.id FROM customers c LEFT OUTER JOIN contacts k ON k.customer_id = c.id WHERE k.id IS NULL
-- by hand:
SELECT c.id FROM customers c LEFT OUTER JOIN contacts k ON k.tenant_id = ? AND k.customer_id = c.id WHERE c.tenant_id = ? AND k.id IS NULL

-- name: customers without a contact, by NOT IN
SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM contacts)

-- name: e-mail domains
SELECT SUBSTR(email, INSTR(email, '@') + 1) AS domain, COUNT(*) AS n FROM customers WHERE email IS NOT NULL GROUP BY domain

-- name: mailing list of customers and contacts
-- ordered
SELECT email FROM customers WHERE email IS NOT NULL UNION SELECT email FROM contacts WHERE email IS NOT NULL ORDER BY email
-- by hand:
SELECT email FROM customers WHERE tenant_id = ? AND email IS NOT NULL UNION SELECT email FROM contacts WHERE tenant_id = ? AND email IS NOT NULL ORDER BY email

-- name: people who are both
SELECT name FROM contacts INTERSECT SELECT name FROM users

-- name: people who are contacts only
SELECT name FROM contacts EXCEPT SELECT name FROM users

-- name: parents and children
SELECT p.id AS parent, p.name AS parent_name, c.id AS child FROM customers p INNER JOIN customers c ON c.parent_id = p.id
-- by hand:
SELECT p.id AS parent, p.name AS parent_name, c.id AS child FROM customers p INNER JOIN customers c ON c.tenant_id = ? AND c.parent_id = p.id WHERE p.tenant_id = ?

-- name: the tree of customers under one
-- args: text:C001
WITH RECURSIVE tree(id, depth) AS (SELECT id, 0 FROM customers WHERE id = ? UNION ALL SELECT c.id, t.depth + 1 FROM customers c JOIN tree t ON c.parent_id = t.id) SELECT id, depth FROM tree
-- by hand:
WITH RECURSIVE tree(id, depth) AS (SELECT id, 0 FROM customers WHERE tenant_id = ? AND id = ? UNION ALL SELECT c.id, t.depth + 1 FROM customers c JOIN tree t ON c.parent_id = t.id WHERE c.tenant_id = ?) SELECT id, depth FROM tree

-- name: the head of a chain of customers
-- args: text:C020
WITH RECURSIVE up(id, parent_id, depth) AS (SELECT id, parent_id, 0 FROM customers WHERE id = ? UNION ALL SELECT c.id, c.parent_id, up.depth + 1 FROM customers c, up WHERE c.id = up.parent_id) SELECT id FROM up WHERE parent_id IS NULL

-- name: segment from JSON
SELECT id, json_extract(attributes, '$.segment') AS segment FROM customers

-- name: segment by arrow
SELECT id, attributes ->> '$.segment' AS segment FROM customers WHERE attributes ->> '$.segment' = 'gold'

-- name: customers by segment
SELECT json_extract(attributes, '$.segment') AS segment, COUNT(*) AS n, SUM(credit_limit) AS limits FROM customers GROUP BY json_extract(attributes, '$.segment')
-- instead:
SELECT CAST(json_extract(attributes, '$.segment') AS TEXT) AS segment, COUNT(*) AS n, SUM(credit_limit) AS limits FROM customers GROUP BY segment

-- name: customers with a tag
-- args: text:b1
SELECT c.id FROM customers c WHERE EXISTS (SELECT 1 FROM json_each(c.attributes, '$.tags') t WHERE t.value = ?)

-- name: score from JSON as a number
SELECT id FROM customers WHERE CAST(json_extract(attributes, '$.score') AS INTEGER) >= 50

-- name: new customers this year
-- args: timestamp:2025-03-01
-- ordered
SELECT id, since FROM customers WHERE since >= ? ORDER BY since, id
-- by hand:
SELECT id, since FROM customers WHERE tenant_id = ? AND since >= ? ORDER BY since, id

-- name: new customers per month
-- ordered
SELECT strftime('%Y-%m', since) AS month, COUNT(*) AS n FROM customers GROUP BY strftime('%Y-%m', since) ORDER BY month
-- plain:
SELECT strftime('%Y-%m', since) AS month, COUNT(*) AS n FROM customers GROUP BY strftime('%Y-%m', since) ORDER BY 1

-- name: age of the relation in days
-- args: timestamp:2026-06-30
SELECT id, CAST(julianday(?) - julianday(since) AS INTEGER) AS days FROM customers

-- name: key figures of the customer base
SELECT COUNT(*) AS customers, COUNT(credit_limit) AS limited, SUM(CASE WHEN blocked THEN 1 ELSE 0 END) AS blocked, AVG(payment_days) AS days, MAX(since) AS newest FROM customers

-- name: key figures with filters
SELECT COUNT(*) AS customers, COUNT(*) FILTER (WHERE blocked) AS blocked, COUNT(*) FILTER (WHERE kind = 'dealer') AS dealers FROM customers

-- name: customers next page by row values
-- args: text:Birch text:C010
-- ordered
SELECT name, id FROM customers WHERE (name, id) > (?, ?) ORDER BY name, id LIMIT 5
-- by hand:
SELECT name, id FROM customers WHERE tenant_id = ? AND (name, id) > (?, ?) ORDER BY name, id LIMIT 5

-- name: customers page by offset
-- args: integer:5 integer:10
-- ordered
SELECT id, name FROM customers ORDER BY id LIMIT ? OFFSET ?
-- by hand:
SELECT id, name FROM customers WHERE tenant_id = ? ORDER BY id LIMIT ? OFFSET ?

-- name: customers page in the old notation
-- ordered
SELECT id, name FROM customers ORDER BY id LIMIT 10, 5

-- name: newest customers, order not total
SELECT id, name FROM customers ORDER BY name LIMIT 7
-- plain:
SELECT id, name FROM customers ORDER BY name, id LIMIT 7
-- by hand:
SELECT id, name FROM customers WHERE tenant_id = ? ORDER BY name, id LIMIT 7

-- name: some customers, no order
SELECT id FROM customers LIMIT 3
-- plain:
SELECT id FROM customers ORDER BY id LIMIT 3
-- by hand:
SELECT id FROM customers WHERE tenant_id = ? ORDER BY id LIMIT 3

-- name: block a customer
-- args: text:C003
UPDATE customers SET blocked = TRUE WHERE id = ?

-- name: block a customer with one
-- args: text:C003
UPDATE customers SET blocked = 1 WHERE id = ?

-- name: raise limits by a tenth
UPDATE customers SET credit_limit = ROUND(credit_limit * 1.25, 2) WHERE credit_limit IS NOT NULL AND NOT blocked

-- name: lower-case all e-mail addresses
UPDATE customers SET email = LOWER(TRIM(email)) WHERE email IS NOT NULL

-- name: set a JSON attribute
-- args: text:silver text:C002
UPDATE customers SET attributes = json_set(attributes, '$.segment', ?) WHERE id = ?

-- name: payment terms from the parent
UPDATE customers SET payment_days = (SELECT p.payment_days FROM customers p WHERE p.id = customers.parent_id) WHERE parent_id IS NOT NULL

-- name: payment terms from the parent by UPDATE FROM
UPDATE customers SET payment_days = p.payment_days FROM customers AS p WHERE p.id = customers.parent_id

-- name: new customer
-- args: text:C900 text:Juniper timestamp:2026-05-01
INSERT INTO customers (id, name, kind, price_list, currency, tax_code, discount, payment_days, blocked, since, attributes) VALUES (?, ?, 'dealer', 'STANDARD', 'EUR', 'STD', 0, 30, FALSE, ?, '{}')

-- name: new address with the next number
-- args: text:C003 text:C003
INSERT INTO addresses (customer_id, address_no, street, city, postcode, country, is_default) SELECT ?, COALESCE(MAX(address_no), 0) + 1, 'Quay 1', 'Porto', '40000', 'PT', FALSE FROM addresses WHERE customer_id = ?

-- name: upsert a contact
-- args: integer:3 text:C003 text:Rowan
INSERT INTO contacts (id, customer_id, name, title) VALUES (?, ?, ?, 'buyer') ON CONFLICT (id) DO UPDATE SET name = excluded.name, customer_id = excluded.customer_id

-- name: upsert a contact that does nothing
-- args: integer:3 text:C003
INSERT INTO contacts (id, customer_id, name, title) VALUES (?, ?, 'Nobody', 'buyer') ON CONFLICT DO NOTHING

-- name: remove contacts of blocked customers
DELETE FROM contacts WHERE customer_id IN (SELECT id FROM customers WHERE blocked)

-- name: remove a contact and say whom
-- args: integer:7
DELETE FROM contacts WHERE id = ? RETURNING id, name

-- name: swap the default address
-- args: integer:2 text:C003
UPDATE addresses SET is_default = (address_no = ?) WHERE customer_id = ?

-- name: display name
SELECT id || ' ' || name AS label FROM customers

-- name: initials and lengths
SELECT UPPER(SUBSTR(name, 1, 3)) AS short, LENGTH(name) AS n, REPLACE(name, ' ', '_') AS slug, TRIM(name) AS trimmed FROM customers

-- name: formatted label
SELECT printf('%s (%s)', name, id) AS label FROM customers

-- name: customers whose chain is deeper than one
SELECT c.id FROM customers c JOIN customers p ON p.id = c.parent_id JOIN customers g ON g.id = p.parent_id

-- name: who owes whom a visit
SELECT c.id, u.name AS rep FROM customers c LEFT JOIN users u ON u.id = json_extract(c.attributes, '$.rep')

-- name: duplicates of names
SELECT name, COUNT(*) AS n FROM customers GROUP BY name HAVING COUNT(*) > 1
-- by hand:
SELECT name, COUNT(*) AS n FROM customers WHERE tenant_id = ? GROUP BY name HAVING COUNT(*) > 1

-- name: pairs of duplicates
SELECT a.id, b.id AS other FROM customers a JOIN customers b ON a.name = b.name AND a.id < b.id
-- by hand:
SELECT a.id, b.id AS other FROM customers a JOIN customers b ON a.name = b.name AND a.id < b.id WHERE a.tenant_id = ? AND b.tenant_id = ?

-- name: customers with optional filters
-- args: text?:NULL text?:NULL boolean?:NULL boolean?:NULL
SELECT id FROM customers WHERE (? IS NULL OR kind = ?) AND (? IS NULL OR blocked = ?)

-- ==== prices ====================================================================================

-- name: contract price
-- args: text:C003 text:P005
SELECT unit_price FROM contract_prices WHERE customer_id = ? AND product_id = ?
-- by hand:
SELECT unit_price FROM contract_prices WHERE tenant_id = ? AND customer_id = ? AND product_id = ?

-- name: price with fallbacks
-- args: text:C003 timestamp:2026-01-01 timestamp:2026-01-01 text:C003 text:P005
SELECT p.id, COALESCE((SELECT cp.unit_price FROM contract_prices cp WHERE cp.customer_id = ? AND cp.product_id = p.id AND cp.valid_from <= ? AND (cp.valid_to IS NULL OR cp.valid_to > ?)), (SELECT MIN(lp.unit_price) FROM list_prices lp JOIN customers c ON c.price_list = lp.price_list WHERE c.id = ? AND lp.product_id = p.id), p.list_price) AS price FROM products p WHERE p.id = ?
-- by hand:
SELECT p.id, COALESCE((SELECT cp.unit_price FROM contract_prices cp WHERE cp.tenant_id = ? AND cp.customer_id = ? AND cp.product_id = p.id AND cp.valid_from <= ? AND (cp.valid_to IS NULL OR cp.valid_to > ?)), (SELECT MIN(lp.unit_price) FROM list_prices lp JOIN customers c ON c.price_list = lp.price_list WHERE lp.tenant_id = ? AND c.tenant_id = ? AND c.id = ? AND lp.product_id = p.id), p.list_price) AS price FROM products p WHERE p.tenant_id = ? AND p.id = ?

-- name: price catalogue of a customer
-- args: text:C003
SELECT p.id, p.name, COALESCE(cp.unit_price, lp.unit_price, p.list_price) AS price FROM products p CROSS JOIN customers c LEFT JOIN contract_prices cp ON cp.customer_id = c.id AND cp.product_id = p.id LEFT JOIN list_prices lp ON lp.price_list = c.price_list AND lp.product_id = p.id AND lp.min_quantity = 1 WHERE c.id = ? AND NOT p.discontinued

-- name: price for a quantity from the scale
-- args: text:STANDARD text:P004 decimal3:12.5
SELECT unit_price FROM list_prices WHERE price_list = ? AND product_id = ? AND min_quantity <= ? ORDER BY min_quantity DESC LIMIT 1
-- ordered
-- by hand:
SELECT unit_price FROM list_prices WHERE tenant_id = ? AND price_list = ? AND product_id = ? AND min_quantity <= ? ORDER BY min_quantity DESC, price_list, product_id, min_quantity LIMIT 1

-- name: price source as a word
-- args: text:C003
SELECT p.id, CASE WHEN cp.unit_price IS NOT NULL THEN 'contract' WHEN lp.unit_price IS NOT NULL THEN 'list' ELSE 'base' END AS source FROM products p LEFT JOIN contract_prices cp ON cp.product_id = p.id AND cp.customer_id = ? LEFT JOIN list_prices lp ON lp.product_id = p.id AND lp.price_list = 'DEALER' AND lp.min_quantity = 1
-- by hand:
SELECT p.id, CASE WHEN cp.unit_price IS NOT NULL THEN 'contract' WHEN lp.unit_price IS NOT NULL THEN 'list' ELSE 'base' END AS source FROM products p LEFT JOIN contract_prices cp ON cp.tenant_id = ? AND cp.product_id = p.id AND cp.customer_id = ? LEFT JOIN list_prices lp ON lp.tenant_id = ? AND lp.product_id = p.id AND lp.price_list = 'DEALER' AND lp.min_quantity = 1 WHERE p.tenant_id = ?

-- name: margin per product
SELECT id, list_price - cost AS margin FROM products WHERE cost IS NOT NULL

-- name: margin in percent
SELECT id, (list_price - cost) * 100 / list_price AS percent FROM products WHERE cost IS NOT NULL
-- instead:
SELECT id, CAST((list_price - cost) * 100 AS REAL) / CAST(list_price AS REAL) AS percent FROM products WHERE cost IS NOT NULL

-- name: margin in percent, rounded
SELECT id, ROUND((list_price - cost) * 100.0 / list_price, 1) AS percent FROM products WHERE cost IS NOT NULL
-- instead:
SELECT id, ROUND(CAST((list_price - cost) * 100.0 AS REAL) / CAST(list_price AS REAL), 1) AS percent FROM products WHERE cost IS NOT NULL

-- name: sold below cost
SELECT l.order_id, l.line_no, l.unit_price, p.cost FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.unit_price < p.cost
-- by hand:
SELECT l.order_id, l.line_no, l.unit_price, p.cost FROM order_lines l JOIN products p ON p.tenant_id = ? AND p.id = l.product_id WHERE l.tenant_id = ? AND l.unit_price < p.cost

-- name: prices between
-- args: decimal4:10 decimal4:50
SELECT id, list_price FROM products WHERE list_price BETWEEN ? AND ?

-- name: prices between in the text
SELECT id, list_price FROM products WHERE list_price BETWEEN 9.50 AND 49.75 AND list_price <> 12.25

-- name: gross price
SELECT p.id, p.list_price * (1 + t.rate) AS gross FROM products p, tax_codes t WHERE t.code = 'STD'

-- name: contract cheaper than list
SELECT cp.customer_id, cp.product_id, lp.unit_price - cp.unit_price AS saving FROM contract_prices cp JOIN customers c ON c.id = cp.customer_id JOIN list_prices lp ON lp.price_list = c.price_list AND lp.product_id = cp.product_id WHERE lp.min_quantity = 1 AND cp.unit_price < lp.unit_price
-- by hand:
SELECT cp.customer_id, cp.product_id, lp.unit_price - cp.unit_price AS saving FROM contract_prices cp JOIN customers c ON c.tenant_id = ? AND c.id = cp.customer_id JOIN list_prices lp ON lp.tenant_id = ? AND lp.price_list = c.price_list AND lp.product_id = cp.product_id WHERE cp.tenant_id = ? AND lp.min_quantity = 1 AND cp.unit_price < lp.unit_price

-- name: contracts that end soon
-- args: timestamp:2025-10-01 timestamp:2025-12-01
-- ordered
SELECT customer_id, product_id, valid_to FROM contract_prices WHERE valid_to >= ? AND valid_to < ? ORDER BY valid_to, customer_id, product_id
-- by hand:
SELECT customer_id, product_id, valid_to FROM contract_prices WHERE tenant_id = ? AND valid_to >= ? AND valid_to < ? ORDER BY valid_to, customer_id, product_id

-- name: raise a price list
-- args: text:DEALER
UPDATE list_prices SET unit_price = unit_price * 1.5 WHERE price_list = ?
-- plain:
UPDATE list_prices SET unit_price = ROUND(unit_price * 1.5, 4) WHERE price_list = ?
-- instead:
UPDATE list_prices SET unit_price = ROUND(unit_price * 1.5, 4) WHERE price_list = ?

-- name: raise a price list, rounded
-- args: text:DEALER
UPDATE list_prices SET unit_price = ROUND(unit_price * 1.0625, 4) WHERE price_list = ?

-- name: copy a price list
INSERT INTO list_prices (price_list, product_id, min_quantity, unit_price) SELECT 'EXPORT', product_id, min_quantity, unit_price FROM list_prices WHERE price_list = 'STANDARD' ON CONFLICT (price_list, product_id, min_quantity) DO NOTHING

-- name: copy a price list with WHERE true
INSERT INTO list_prices (price_list, product_id, min_quantity, unit_price) SELECT 'EXPORT', product_id, min_quantity, unit_price FROM list_prices WHERE price_list = 'STANDARD' ON CONFLICT (price_list, product_id, min_quantity) DO UPDATE SET unit_price = excluded.unit_price

-- name: set a contract price
-- args: text:C004 text:P009 decimal4:12.5 timestamp:2026-01-01
INSERT INTO contract_prices (customer_id, product_id, unit_price, min_quantity, valid_from) VALUES (?, ?, ?, 1, ?) ON CONFLICT (customer_id, product_id) DO UPDATE SET unit_price = excluded.unit_price, valid_from = excluded.valid_from WHERE excluded.valid_from > contract_prices.valid_from

-- name: remove expired contracts
-- args: timestamp:2025-12-31
DELETE FROM contract_prices WHERE valid_to < ?

-- name: average price per category
SELECT c.name, AVG(p.list_price) AS average, MIN(p.list_price) AS lowest, MAX(p.list_price) AS highest FROM categories c JOIN products p ON p.category_id = c.id GROUP BY c.id, c.name

-- name: products dearer than their category's average
SELECT p.id, p.list_price FROM products p WHERE p.list_price > (SELECT AVG(q.list_price) FROM products q WHERE q.category_id = p.category_id)

-- name: dearest product of each category
SELECT p.category_id, p.id FROM products p WHERE p.list_price = (SELECT MAX(q.list_price) FROM products q WHERE q.category_id = p.category_id)

-- name: dearest products of each category by window
SELECT id, category_id, list_price FROM (SELECT id, category_id, list_price, ROW_NUMBER() OVER (PARTITION BY category_id ORDER BY list_price DESC, id) AS place FROM products) WHERE place <= 2

-- name: rank of prices
SELECT id, RANK() OVER (ORDER BY list_price DESC) AS place, DENSE_RANK() OVER (PARTITION BY unit ORDER BY list_price) AS in_unit FROM products

-- name: quartiles of prices
SELECT id, NTILE(4) OVER (ORDER BY list_price, id) AS quartile FROM products

-- name: price jumps in the scale
SELECT price_list, product_id, min_quantity, unit_price - LAG(unit_price) OVER (PARTITION BY price_list, product_id ORDER BY min_quantity) AS step FROM list_prices

-- name: price in another currency
-- args: text:USD timestamp:2026-01-15
SELECT p.id, p.list_price * (SELECT r.rate FROM exchange_rates r WHERE r.currency = ? AND r.valid_on <= ? ORDER BY r.valid_on DESC LIMIT 1) AS price FROM products p

-- name: last rate of each currency
SELECT r.currency, r.rate FROM exchange_rates r WHERE r.valid_on = (SELECT MAX(x.valid_on) FROM exchange_rates x WHERE x.currency = r.currency)

-- name: last rate of each currency by MAX's row
SELECT currency, rate, MAX(valid_on) FROM exchange_rates GROUP BY currency
-- instead:
SELECT r.currency, r.rate, r.valid_on AS "MAX(valid_on)" FROM exchange_rates r WHERE r.valid_on = (SELECT MAX(x.valid_on) FROM exchange_rates x WHERE x.currency = r.currency)

-- name: price lists and their use
SELECT l.id, l.name, COUNT(c.id) AS customers FROM price_lists AS l LEFT JOIN customers AS c ON c.price_list = l.id GROUP BY l.id

-- name: products without any price in a list
-- args: text:STANDARD
SELECT id FROM products EXCEPT SELECT product_id FROM list_prices WHERE price_list = ?

-- name: discount tiers as VALUES
WITH tiers(least, percent) AS (VALUES (0, 0), (1000, 5), (5000, 10)) SELECT o.id, MAX(t.percent) AS percent FROM orders o JOIN tiers t ON o.total >= t.least GROUP BY o.id

-- name: net price after two discounts
SELECT l.order_id, l.line_no, l.unit_price * (1 - l.discount) * (1 - o.discount) AS net FROM order_lines l JOIN orders o ON o.id = l.order_id

-- name: line values
SELECT order_id, line_no, quantity * unit_price AS value FROM order_lines WHERE order_id < 10

-- name: price as text
SELECT id, CAST(list_price AS TEXT) AS text FROM products
-- plain:
SELECT id, printf('%.4f', list_price) AS text FROM products
-- otherwise: Decimal::ToString() in the host

-- name: price as whole number
SELECT id, CAST(list_price AS INTEGER) AS whole FROM products

-- name: smaller of two prices
SELECT id, MIN(list_price, COALESCE(cost, list_price)) AS lowest FROM products

-- name: null when the same
SELECT id, NULLIF(list_price, cost) AS differing FROM products

-- ==== products, bills of material, stock ========================================================

-- name: products by word
-- args: text:%bolt%
SELECT id, name FROM products WHERE name LIKE ?

-- name: products by pattern with GLOB
SELECT id, name FROM products WHERE name GLOB 'B*'

-- name: products by colour
-- args: text:red
SELECT id FROM products WHERE json_extract(attributes, '$.color') = ?

-- name: products by size
SELECT id, attributes ->> '$.dim.w' AS width FROM products WHERE CAST(attributes ->> '$.dim.w' AS INTEGER) > 40

-- name: products with their category and unit
SELECT p.id, p.name, c.name AS category, u.name AS unit_name FROM products p LEFT JOIN categories c ON c.id = p.category_id JOIN units u ON u.code = p.unit
-- by hand:
SELECT p.id, p.name, c.name AS category, u.name AS unit_name FROM products p LEFT JOIN categories c ON c.tenant_id = ? AND c.id = p.category_id JOIN units u ON u.tenant_id = ? AND u.code = p.unit WHERE p.tenant_id = ?

-- name: all products and all categories
SELECT c.id AS category_id, p.id AS product_id FROM categories c FULL JOIN products p ON p.category_id = c.id

-- name: categories with their products, by right join
SELECT p.id AS product_id, c.name FROM products p RIGHT JOIN categories c ON c.id = p.category_id

-- name: path of each category
WITH RECURSIVE path(id, full_name) AS (SELECT id, name FROM categories WHERE parent_id IS NULL UNION ALL SELECT c.id, p.full_name || ' / ' || c.name FROM categories c JOIN path p ON p.id = c.parent_id) SELECT id, full_name FROM path
-- by hand:
WITH RECURSIVE path(id, full_name) AS (SELECT id, name FROM categories WHERE tenant_id = ? AND parent_id IS NULL UNION ALL SELECT c.id, p.full_name || ' / ' || c.name FROM categories c JOIN path p ON p.id = c.parent_id WHERE c.tenant_id = ?) SELECT id, full_name FROM path

-- name: products under a category
-- args: integer:1
WITH RECURSIVE below(id) AS (VALUES (?) UNION SELECT c.id FROM categories c JOIN below b ON c.parent_id = b.id) SELECT p.id, p.name FROM products p WHERE p.category_id IN (SELECT id FROM below)

-- name: leaves of the category tree
SELECT id, name FROM categories c WHERE NOT EXISTS (SELECT * FROM categories x WHERE x.parent_id = c.id)

-- name: bill of material, one level
-- args: text:P001
SELECT k.component_id, p.name, k.quantity FROM components k JOIN products p ON p.id = k.component_id WHERE k.parent_id = ?
-- by hand:
SELECT k.component_id, p.name, k.quantity FROM components k JOIN products p ON p.tenant_id = ? AND p.id = k.component_id WHERE k.tenant_id = ? AND k.parent_id = ?

-- name: bill of material, exploded
-- args: text:P001
WITH RECURSIVE bom(product_id, quantity, depth) AS (SELECT component_id, quantity, 1 FROM components WHERE parent_id = ? UNION ALL SELECT k.component_id, k.quantity, b.depth + 1 FROM components k JOIN bom b ON k.parent_id = b.product_id WHERE b.depth < 10) SELECT product_id, quantity, depth FROM bom
-- by hand:
WITH RECURSIVE bom(product_id, quantity, depth) AS (SELECT component_id, quantity, 1 FROM components WHERE tenant_id = ? AND parent_id = ? UNION ALL SELECT k.component_id, k.quantity, b.depth + 1 FROM components k JOIN bom b ON k.parent_id = b.product_id WHERE k.tenant_id = ? AND b.depth < 10) SELECT product_id, quantity, depth FROM bom

-- name: bill of material with multiplied quantities
-- args: text:P001
WITH RECURSIVE bom(product_id, quantity) AS (SELECT component_id, quantity FROM components WHERE parent_id = ? UNION ALL SELECT k.component_id, CAST(b.quantity * k.quantity AS INTEGER) FROM components k JOIN bom b ON k.parent_id = b.product_id) SELECT product_id, SUM(quantity) AS needed FROM bom GROUP BY product_id

-- name: where used
-- args: text:P020
WITH RECURSIVE used(product_id) AS (SELECT parent_id FROM components WHERE component_id = ? UNION SELECT k.parent_id FROM components k JOIN used u ON k.component_id = u.product_id) SELECT product_id FROM used

-- name: material cost of an assembly
SELECT k.parent_id, SUM(k.quantity * p.cost) AS material FROM components k JOIN products p ON p.id = k.component_id GROUP BY k.parent_id

-- name: products never ordered
SELECT id FROM products WHERE id NOT IN (SELECT product_id FROM order_lines)
-- by hand:
SELECT id FROM products WHERE tenant_id = ? AND id NOT IN (SELECT product_id FROM order_lines WHERE tenant_id = ?)

-- name: stock per product
SELECT product_id, SUM(on_hand) AS on_hand, SUM(reserved) AS reserved, SUM(on_hand - reserved) AS free FROM stock GROUP BY product_id
-- by hand:
SELECT product_id, SUM(on_hand) AS on_hand, SUM(reserved) AS reserved, SUM(on_hand - reserved) AS free FROM stock WHERE tenant_id = ? GROUP BY product_id

-- name: stock of a product by warehouse
-- args: text:P007
SELECT w.id, w.name, COALESCE(SUM(s.on_hand), 0) AS on_hand FROM warehouses w LEFT JOIN stock s ON s.warehouse_id = w.id AND s.product_id = ? WHERE w.active GROUP BY w.id, w.name

-- name: stock in a bin
-- args: text:W001 text:B002
SELECT product_id, on_hand FROM stock WHERE warehouse_id = ? AND bin = ? ORDER BY product_id
-- by hand:
SELECT product_id, on_hand FROM stock WHERE tenant_id = ? AND warehouse_id = ? AND bin = ? ORDER BY product_id

-- name: stock below the reorder point
SELECT p.id, p.reorder_point, COALESCE(SUM(s.on_hand - s.reserved), 0) AS free FROM products p LEFT JOIN stock s ON s.product_id = p.id WHERE NOT p.discontinued GROUP BY p.id HAVING COALESCE(SUM(s.on_hand - s.reserved), 0) < p.reorder_point
-- by hand:
SELECT p.id, p.reorder_point, COALESCE(SUM(s.on_hand - s.reserved), 0) AS free FROM products p LEFT JOIN stock s ON s.tenant_id = ? AND s.product_id = p.id WHERE p.tenant_id = ? AND NOT p.discontinued GROUP BY p.id HAVING COALESCE(SUM(s.on_hand - s.reserved), 0) < p.reorder_point

-- name: available to promise
-- args: text:P011
WITH on_hand AS (SELECT SUM(on_hand - reserved) AS n FROM stock WHERE product_id = ?), incoming AS (SELECT l.product_id, SUM(l.quantity - l.received) AS n FROM purchase_lines l JOIN purchase_orders o ON o.id = l.purchase_id WHERE o.status = 'open' GROUP BY l.product_id), outgoing AS (SELECT product_id, SUM(quantity - shipped) AS n FROM order_lines GROUP BY product_id) SELECT h.n AS on_hand, i.n AS incoming, g.n AS outgoing FROM on_hand h LEFT JOIN incoming i ON i.product_id = 'P011' LEFT JOIN outgoing g ON g.product_id = 'P011'

-- name: available to promise for all products
WITH free AS (SELECT product_id, SUM(on_hand - reserved) AS n FROM stock GROUP BY product_id), demand AS (SELECT l.product_id, SUM(l.quantity - l.allocated) AS n FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.status = 'open' GROUP BY l.product_id) SELECT p.id, COALESCE(f.n, 0) - COALESCE(d.n, 0) AS atp FROM products p LEFT JOIN free f ON f.product_id = p.id LEFT JOIN demand d ON d.product_id = p.id

-- name: running stock of a product
-- args: text:P003
-- ordered
SELECT id, moved_at, quantity, SUM(quantity) OVER (ORDER BY moved_at, id) AS balance FROM stock_moves WHERE product_id = ? ORDER BY moved_at, id
-- by hand:
SELECT id, moved_at, quantity, SUM(quantity) OVER (ORDER BY moved_at, id) AS balance FROM stock_moves WHERE tenant_id = ? AND product_id = ? ORDER BY moved_at, id

-- name: running stock of all products
SELECT product_id, id, SUM(quantity) OVER (PARTITION BY product_id ORDER BY moved_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS balance FROM stock_moves

-- name: moving average of moves
SELECT id, AVG(quantity) OVER (PARTITION BY product_id ORDER BY moved_at, id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS average FROM stock_moves

-- name: moves by kind, one column each
SELECT product_id, SUM(CASE kind WHEN 'receipt' THEN quantity ELSE 0 END) AS receipts, SUM(CASE kind WHEN 'issue' THEN -quantity ELSE 0 END) AS issues, SUM(CASE WHEN kind IN ('adjust', 'transfer') THEN quantity END) AS others FROM stock_moves GROUP BY product_id
-- by hand:
SELECT product_id, SUM(CASE kind WHEN 'receipt' THEN quantity ELSE 0 END) AS receipts, SUM(CASE kind WHEN 'issue' THEN -quantity ELSE 0 END) AS issues, SUM(CASE WHEN kind IN ('adjust', 'transfer') THEN quantity END) AS others FROM stock_moves WHERE tenant_id = ? GROUP BY product_id

-- name: moves by kind with FILTER
SELECT product_id, SUM(quantity) FILTER (WHERE kind = 'receipt') AS receipts, SUM(quantity) FILTER (WHERE kind = 'issue') AS issues FROM stock_moves GROUP BY product_id

-- name: moves per month
-- ordered
SELECT strftime('%Y-%m', moved_at) AS month, kind, COUNT(*) AS n, SUM(ABS(quantity)) AS volume FROM stock_moves GROUP BY month, kind ORDER BY month, kind

-- name: moves of a week
-- args: timestamp:2026-01-05 timestamp:2026-01-12
SELECT id, product_id, date(moved_at) AS day FROM stock_moves WHERE moved_at >= ? AND moved_at < ?

-- name: moves since a day in the text
SELECT id FROM stock_moves WHERE date(moved_at) >= '2026-01-01'

-- name: moves of a weekday
SELECT strftime('%w', moved_at) AS weekday, COUNT(*) AS n FROM stock_moves GROUP BY strftime('%w', moved_at)

-- name: last move of each product
SELECT m.product_id, m.kind, m.moved_at FROM stock_moves m WHERE m.id = (SELECT x.id FROM stock_moves x WHERE x.product_id = m.product_id ORDER BY x.moved_at DESC, x.id DESC LIMIT 1)
-- by hand:
SELECT m.product_id, m.kind, m.moved_at FROM stock_moves m WHERE m.tenant_id = ? AND m.id = (SELECT x.id FROM stock_moves x WHERE x.tenant_id = ? AND x.product_id = m.product_id ORDER BY x.moved_at DESC, x.id DESC LIMIT 1)

-- name: slow movers
-- args: timestamp:2026-02-01
SELECT p.id FROM products p WHERE NOT EXISTS (SELECT 1 FROM stock_moves m WHERE m.product_id = p.id AND m.kind = 'issue' AND m.moved_at >= ?) AND EXISTS (SELECT 1 FROM stock s WHERE s.product_id = p.id AND s.on_hand > 0)
-- by hand:
SELECT p.id FROM products p WHERE p.tenant_id = ? AND NOT EXISTS (SELECT 1 FROM stock_moves m WHERE m.tenant_id = ? AND m.product_id = p.id AND m.kind = 'issue' AND m.moved_at >= ?) AND EXISTS (SELECT 1 FROM stock s WHERE s.tenant_id = ? AND s.product_id = p.id AND s.on_hand > 0)

-- name: value of the stock
SELECT s.warehouse_id, SUM(s.on_hand * p.cost) AS value FROM stock s JOIN products p ON p.id = s.product_id GROUP BY s.warehouse_id

-- name: value of the stock, rounded to cents
SELECT s.warehouse_id, ROUND(SUM(s.on_hand * p.cost), 2) AS value FROM stock s JOIN products p ON p.id = s.product_id GROUP BY s.warehouse_id

-- name: ABC analysis
WITH turnover AS (SELECT l.product_id, SUM(l.quantity * l.unit_price) AS value FROM order_lines l GROUP BY l.product_id), ranked AS (SELECT product_id, value, SUM(value) OVER (ORDER BY value DESC, product_id) AS running, SUM(value) OVER () AS whole FROM turnover) SELECT product_id, CASE WHEN running <= whole * 0.5 THEN 'A' WHEN running <= whole * 0.75 THEN 'B' ELSE 'C' END AS class FROM ranked

-- name: ABC by count
SELECT product_id, CASE NTILE(4) OVER (ORDER BY SUM(quantity) DESC, product_id) WHEN 1 THEN 'A' WHEN 2 THEN 'B' ELSE 'C' END AS class FROM order_lines GROUP BY product_id

-- name: share of each product
SELECT product_id, SUM(quantity) * 100 / (SELECT SUM(quantity) FROM order_lines) AS percent FROM order_lines GROUP BY product_id
-- instead:
SELECT product_id, CAST(SUM(quantity) * 100 AS REAL) / CAST((SELECT SUM(quantity) FROM order_lines) AS REAL) AS percent FROM order_lines GROUP BY product_id

-- name: share of each product as a real number
SELECT product_id, 100.0 * SUM(quantity) / SUM(SUM(quantity)) OVER () AS percent FROM order_lines GROUP BY product_id
-- instead:
SELECT product_id, CAST(100.0 * SUM(quantity) AS REAL) / CAST(SUM(SUM(quantity)) OVER () AS REAL) AS percent FROM order_lines GROUP BY product_id

-- name: bins that are too full
SELECT b.warehouse_id, b.code, b.capacity, SUM(s.on_hand) AS held FROM bins b JOIN stock s ON s.warehouse_id = b.warehouse_id AND s.bin = b.code GROUP BY b.warehouse_id, b.code HAVING SUM(s.on_hand) > b.capacity
-- by hand:
SELECT b.warehouse_id, b.code, b.capacity, SUM(s.on_hand) AS held FROM bins b JOIN stock s ON s.tenant_id = ? AND s.warehouse_id = b.warehouse_id AND s.bin = b.code WHERE b.tenant_id = ? GROUP BY b.warehouse_id, b.code HAVING SUM(s.on_hand) > b.capacity

-- name: empty bins
SELECT warehouse_id, code FROM bins EXCEPT SELECT warehouse_id, bin FROM stock WHERE on_hand > 0
-- by hand:
SELECT warehouse_id, code FROM bins WHERE tenant_id = ? EXCEPT SELECT warehouse_id, bin FROM stock WHERE tenant_id = ? AND on_hand > 0

-- name: bins joined by their common columns
SELECT warehouse_id, code, zone FROM bins JOIN (SELECT warehouse_id, bin AS code FROM stock) USING (warehouse_id, code)

-- name: warehouses and bins by USING
SELECT order_id, line_no FROM order_lines JOIN returns USING (order_id, product_id)

-- name: shipments and lines by natural join
SELECT order_id, COUNT(*) AS n FROM shipments NATURAL JOIN orders GROUP BY order_id

-- name: bins to count
-- args: timestamp:2025-12-01
SELECT DISTINCT warehouse_id, bin FROM stock WHERE counted_at IS NULL OR counted_at < ?
-- by hand:
SELECT DISTINCT warehouse_id, bin FROM stock WHERE tenant_id = ? AND (counted_at IS NULL OR counted_at < ?)

-- name: days since the last count
-- args: timestamp:2026-06-30
SELECT warehouse_id, bin, product_id, CAST(julianday(?) - julianday(counted_at) AS INTEGER) AS days FROM stock WHERE counted_at IS NOT NULL

-- name: products of a bin as a list
SELECT warehouse_id, bin, GROUP_CONCAT(product_id) AS products FROM (SELECT warehouse_id, bin, product_id FROM stock ORDER BY warehouse_id, bin, product_id) GROUP BY warehouse_id, bin

-- name: products of a bin as a list with a separator
SELECT bin, GROUP_CONCAT(DISTINCT warehouse_id) AS found FROM stock WHERE product_id = 'P001' GROUP BY bin

-- name: zones in a list
SELECT warehouse_id, GROUP_CONCAT(code, ', ') AS codes FROM bins WHERE zone = 'A' GROUP BY warehouse_id

-- name: reserve stock
-- args: decimal3:2.5 text:W001 text:B001 text:P001 decimal3:2.5
UPDATE stock SET reserved = reserved + ? WHERE warehouse_id = ? AND bin = ? AND product_id = ? AND on_hand - reserved >= ? RETURNING on_hand, reserved

-- name: count a bin
-- args: decimal3:7 timestamp:2026-05-05 text:W002 text:B003 text:P001
UPDATE stock SET on_hand = ?, counted_at = ? WHERE warehouse_id = ? AND bin = ? AND product_id = ?

-- name: put away
-- args: decimal3:4 
INSERT INTO stock (warehouse_id, bin, product_id, on_hand, reserved) VALUES ('W001', 'B001', 'P002', ?, 0) ON CONFLICT (warehouse_id, bin, product_id) DO UPDATE SET on_hand = on_hand + excluded.on_hand

-- name: put away and tell
-- args: decimal3:4 
INSERT INTO stock (warehouse_id, bin, product_id, on_hand, reserved) VALUES ('W001', 'B001', 'P002', ?, 0) ON CONFLICT (warehouse_id, bin, product_id) DO UPDATE SET on_hand = stock.on_hand + excluded.on_hand RETURNING on_hand

-- name: book a move
-- args: integer:900 text:P002 decimal3:-1.5 timestamp:2026-05-05
INSERT INTO stock_moves (id, warehouse_id, product_id, kind, quantity, moved_at) VALUES (?, 'W001', ?, 'issue', ?, ?)

-- name: book a move with the next id
-- args: timestamp:2026-05-05
INSERT INTO stock_moves (id, warehouse_id, product_id, kind, quantity, moved_at) SELECT MAX(id) + 1, 'W001', 'P003', 'adjust', 1.5, ? FROM stock_moves
-- instead:
INSERT INTO stock_moves (id, warehouse_id, product_id, kind, quantity, moved_at) SELECT COALESCE(MAX(id), 0) + 1, 'W001', 'P003', 'adjust', 1.5, ? FROM stock_moves

-- name: stock from the moves
UPDATE stock SET on_hand = (SELECT COALESCE(SUM(m.quantity), 0) FROM stock_moves m WHERE m.product_id = stock.product_id AND m.warehouse_id = stock.warehouse_id)

-- name: stock from the moves by UPDATE FROM
UPDATE stock SET on_hand = m.total FROM (SELECT warehouse_id, product_id, SUM(quantity) AS total FROM stock_moves GROUP BY warehouse_id, product_id) AS m WHERE m.warehouse_id = stock.warehouse_id AND m.product_id = stock.product_id

-- name: remove empty stock
DELETE FROM stock WHERE on_hand = 0 AND reserved = 0

-- name: retire products without stock
UPDATE products SET discontinued = TRUE WHERE NOT EXISTS (SELECT 1 FROM stock s WHERE s.product_id = products.id)

-- name: all movements of goods in one list
-- args: text:P005 text:P005 text:P005
-- ordered
SELECT 'ship' AS source, CAST(sl.shipment_id AS TEXT) AS document, sl.line_no AS n, -sl.quantity AS quantity FROM shipment_lines sl WHERE sl.product_id = ? UNION ALL SELECT 'return', CAST(r.id AS TEXT), 1, r.quantity FROM returns r WHERE r.product_id = ? UNION ALL SELECT 'move', CAST(m.id AS TEXT), 1, m.quantity FROM stock_moves m WHERE m.product_id = ? ORDER BY source, document, n

-- name: all movements of goods, grouped
SELECT product_id, SUM(quantity) AS net FROM (SELECT product_id, -quantity AS quantity FROM shipment_lines UNION ALL SELECT product_id, quantity FROM returns) GROUP BY product_id

-- name: barcode look-up
-- args: text:4000010007
SELECT id, name FROM products WHERE barcode = ?
-- by hand:
SELECT id, name FROM products WHERE tenant_id = ? AND barcode = ?

-- name: check digit of the barcode
SELECT id, CAST(SUBSTR(barcode, -1) AS INTEGER) AS digit FROM products WHERE LENGTH(barcode) = 10

-- name: new products of the last days
-- args: timestamp:2025-06-30
SELECT id FROM products WHERE created_at > datetime(?, '-90 days')
-- instead:
SELECT id FROM products WHERE datetime(created_at) > datetime(?, '-90 days')

-- name: products with odd numbers
SELECT id FROM products WHERE CAST(SUBSTR(id, 2) AS INTEGER) % 2 = 1

-- name: weight classes
SELECT CASE WHEN weight IS NULL THEN 'unknown' WHEN weight < 5 THEN 'light' WHEN weight < 12.5 THEN 'medium' ELSE 'heavy' END AS class, COUNT(*) AS n FROM products GROUP BY class

-- name: weight classes by grouped expression
SELECT COUNT(*) AS n FROM products GROUP BY CASE WHEN weight < 5 THEN 0 ELSE 1 END

-- ==== orders ====================================================================================

-- name: order with its lines
-- args: integer:12
-- ordered
SELECT l.line_no, l.product_id, p.name, l.quantity, l.unit_price FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.order_id = ? ORDER BY l.line_no
-- by hand:
SELECT l.line_no, l.product_id, p.name, l.quantity, l.unit_price FROM order_lines l JOIN products p ON p.tenant_id = ? AND p.id = l.product_id WHERE l.tenant_id = ? AND l.order_id = ? ORDER BY l.line_no

-- name: open orders of a customer
-- args: text:C008
-- ordered
SELECT id, ordered_at, total FROM orders WHERE customer_id = ? AND status IN ('open', 'allocated') ORDER BY ordered_at DESC, id DESC
-- by hand:
SELECT id, ordered_at, total FROM orders WHERE tenant_id = ? AND customer_id = ? AND status IN ('open', 'allocated') ORDER BY ordered_at DESC, id DESC

-- name: order by the customer's reference
-- args: text:C008 text:REF-12
SELECT id FROM orders WHERE customer_id = ? AND customer_ref = ?
-- by hand:
SELECT id FROM orders WHERE tenant_id = ? AND customer_id = ? AND customer_ref = ?

-- name: order totals from the lines
SELECT o.id, SUM(l.quantity * l.unit_price * (1 - l.discount)) AS net FROM orders o JOIN order_lines l ON l.order_id = o.id GROUP BY o.id
-- by hand:
SELECT o.id, SUM(l.quantity * l.unit_price * (1 - l.discount)) AS net FROM orders o JOIN order_lines l ON l.tenant_id = ? AND l.order_id = o.id WHERE o.tenant_id = ? GROUP BY o.id

-- name: order totals with tax
SELECT o.id, SUM(l.quantity * l.unit_price) AS net, SUM(l.quantity * l.unit_price * t.rate) AS tax FROM orders o JOIN order_lines l ON l.order_id = o.id JOIN tax_codes t ON t.code = l.tax_code GROUP BY o.id
-- by hand:
SELECT o.id, SUM(l.quantity * l.unit_price) AS net, SUM(l.quantity * l.unit_price * t.rate) AS tax FROM orders o JOIN order_lines l ON l.tenant_id = ? AND l.order_id = o.id JOIN tax_codes t ON t.code = l.tax_code WHERE o.tenant_id = ? GROUP BY o.id

-- name: order totals rounded per line
SELECT order_id, SUM(ROUND(quantity * unit_price * (1 - discount), 2)) AS net FROM order_lines GROUP BY order_id

-- name: order totals that differ from the header
SELECT o.id, o.total FROM orders o WHERE o.total <> (SELECT SUM(l.quantity * l.unit_price) FROM order_lines l WHERE l.order_id = o.id)

-- name: orders per status
SELECT status, COUNT(*) AS n, SUM(total) AS total FROM orders GROUP BY status ORDER BY n DESC, status
-- ordered
-- by hand:
SELECT status, COUNT(*) AS n, SUM(total) AS total FROM orders WHERE tenant_id = ? GROUP BY status ORDER BY n DESC, status

-- name: orders per status, by position
-- ordered
SELECT status, COUNT(*) FROM orders GROUP BY 1 ORDER BY 2 DESC, 1

-- name: orders per month and channel
SELECT strftime('%Y', ordered_at) AS year, strftime('%m', ordered_at) AS month, channel, COUNT(*) AS n FROM orders GROUP BY 1, 2, 3

-- name: orders per quarter
SELECT strftime('%Y', ordered_at) || '-Q' || ((CAST(strftime('%m', ordered_at) AS INTEGER) + 2) / 3) AS quarter, COUNT(*) AS n FROM orders GROUP BY quarter

-- name: orders per weekday and hour
SELECT strftime('%w', ordered_at) AS weekday, CAST(strftime('%H', ordered_at) AS INTEGER) AS hour, COUNT(*) AS n FROM orders GROUP BY weekday, hour

-- name: orders of the month of a day
-- args: timestamp:2026-01-15 timestamp:2026-01-15
SELECT id FROM orders WHERE date(ordered_at) >= date(?, 'start of month') AND date(ordered_at) < date(?, 'start of month', '+1 month')

-- name: orders of a day in the text
SELECT id FROM orders WHERE ordered_at >= '2026-01-01' AND ordered_at < '2026-02-01'

-- name: late orders
-- args: timestamp:2026-03-01
SELECT o.id, c.name, o.due_at FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.due_at < ? AND o.status NOT IN ('shipped', 'closed', 'cancelled')
-- by hand:
SELECT o.id, c.name, o.due_at FROM orders o JOIN customers c ON c.tenant_id = ? AND c.id = o.customer_id WHERE o.tenant_id = ? AND o.due_at < ? AND o.status NOT IN ('shipped', 'closed', 'cancelled')

-- name: days late
-- args: timestamp:2026-03-01
SELECT id, CAST(julianday(?) - julianday(due_at) AS INTEGER) AS days FROM orders WHERE due_at IS NOT NULL

-- name: backlog per product
SELECT l.product_id, SUM(l.quantity - l.shipped) AS backlog FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.status IN ('open', 'allocated') AND l.quantity > l.shipped GROUP BY l.product_id HAVING SUM(l.quantity - l.shipped) >= 10
-- by hand:
SELECT l.product_id, SUM(l.quantity - l.shipped) AS backlog FROM order_lines l JOIN orders o ON o.tenant_id = ? AND o.id = l.order_id WHERE l.tenant_id = ? AND o.status IN ('open', 'allocated') AND l.quantity > l.shipped GROUP BY l.product_id HAVING SUM(l.quantity - l.shipped) >= 10

-- name: last order of each customer
SELECT c.id, (SELECT MAX(o.ordered_at) FROM orders o WHERE o.customer_id = c.id) AS last_order FROM customers c
-- by hand:
SELECT c.id, (SELECT MAX(o.ordered_at) FROM orders o WHERE o.tenant_id = ? AND o.customer_id = c.id) AS last_order FROM customers c WHERE c.tenant_id = ?

-- name: last three orders of each customer
WITH numbered AS (SELECT id, customer_id, ordered_at, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY ordered_at DESC, id DESC) AS n FROM orders) SELECT customer_id, id, ordered_at FROM numbered WHERE n <= 3
-- by hand:
WITH numbered AS (SELECT id, customer_id, ordered_at, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY ordered_at DESC, id DESC) AS n FROM orders WHERE tenant_id = ?) SELECT customer_id, id, ordered_at FROM numbered WHERE n <= 3

-- name: first and last value by window
SELECT id, FIRST_VALUE(id) OVER (PARTITION BY customer_id ORDER BY ordered_at, id) AS first_order, LEAD(id) OVER (PARTITION BY customer_id ORDER BY ordered_at, id) AS next_order FROM orders

-- name: named window
SELECT id, ROW_NUMBER() OVER w AS n, SUM(total) OVER w AS running FROM orders WINDOW w AS (PARTITION BY customer_id ORDER BY ordered_at, id)

-- name: days between orders
SELECT id, julianday(ordered_at) - julianday(LAG(ordered_at) OVER (PARTITION BY customer_id ORDER BY ordered_at, id)) AS days FROM orders

-- name: customers without an order
SELECT c.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.id IS NULL
-- by hand:
SELECT c.id FROM customers c LEFT JOIN orders o ON o.tenant_id = ? AND o.customer_id = c.id WHERE c.tenant_id = ? AND o.id IS NULL

-- name: best customers
-- ordered
SELECT c.id, c.name, SUM(o.total) AS turnover FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.status <> 'cancelled' GROUP BY c.id, c.name ORDER BY turnover DESC, c.id LIMIT 5
-- by hand:
SELECT c.id, c.name, SUM(o.total) AS turnover FROM customers c JOIN orders o ON o.tenant_id = ? AND o.customer_id = c.id WHERE c.tenant_id = ? AND o.status <> 'cancelled' GROUP BY c.id, c.name ORDER BY turnover DESC, c.id LIMIT 5

-- name: best customers, ties open
SELECT customer_id, COUNT(*) AS n FROM orders GROUP BY customer_id ORDER BY n DESC LIMIT 3
-- plain:
SELECT customer_id, COUNT(*) AS n FROM orders GROUP BY customer_id ORDER BY n DESC, customer_id LIMIT 3

-- name: customers above the average
SELECT customer_id, SUM(total) AS turnover FROM orders GROUP BY customer_id HAVING SUM(total) > (SELECT AVG(total) FROM orders)

-- name: customers that bought two products
-- args: text:P001 text:P002
SELECT o.customer_id FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE l.product_id = ? INTERSECT SELECT o.customer_id FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE l.product_id = ?

-- name: bought together
SELECT a.product_id, b.product_id AS other, COUNT(DISTINCT a.order_id) AS n FROM order_lines a JOIN order_lines b ON a.order_id = b.order_id AND a.product_id < b.product_id GROUP BY a.product_id, b.product_id HAVING n > 1

-- name: orders with all lines shipped
SELECT o.id FROM orders o WHERE NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.shipped < l.quantity)
-- by hand:
SELECT o.id FROM orders o WHERE o.tenant_id = ? AND NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.tenant_id = ? AND l.order_id = o.id AND l.shipped < l.quantity)

-- name: orders of web and edi
SELECT id, channel FROM orders WHERE channel = 'web' UNION ALL SELECT id, channel FROM orders WHERE channel = 'edi'

-- name: order lines not on any shipment
SELECT l.order_id, l.line_no FROM order_lines l LEFT JOIN shipments s ON s.order_id = l.order_id LEFT JOIN shipment_lines x ON x.shipment_id = s.id AND x.order_line = l.line_no WHERE x.line_no IS NULL
-- by hand:
SELECT l.order_id, l.line_no FROM order_lines l LEFT JOIN shipments s ON s.tenant_id = ? AND s.order_id = l.order_id LEFT JOIN shipment_lines x ON x.tenant_id = ? AND x.shipment_id = s.id AND x.order_line = l.line_no WHERE l.tenant_id = ? AND x.line_no IS NULL

-- name: enter an order
-- args: integer:900 text:C005 timestamp:2026-05-05 text:EUR
INSERT INTO orders (id, customer_id, ordered_at, status, currency, channel, warehouse_id, discount) VALUES (?, ?, ?, 'open', ?, 'phone', 'W001', 0)

-- name: enter an order and get it back
-- args: integer:901 text:C005 timestamp:2026-05-05
INSERT INTO orders (id, customer_id, ordered_at, status, currency, channel, warehouse_id, discount) VALUES (?, ?, ?, 'open', 'EUR', 'phone', 'W001', 0.125) RETURNING *

-- name: enter two lines
INSERT INTO order_lines (order_id, line_no, product_id, quantity, allocated, shipped, unit_price, discount, tax_code) VALUES (3, 90, 'P001', 2, 0, 0, 9.50, 0, 'STD'), (3, 91, 'P002', 1.5, 0, 0, 12, 0.0625, 'STD')

-- name: enter a line without naming columns
INSERT INTO order_lines VALUES (3, 92, 'P001', 2, 0, 0, 9.5, 0, 'STD', NULL)

-- name: copy an order's lines
-- args: integer:5 integer:6
INSERT INTO order_lines (order_id, line_no, product_id, quantity, allocated, shipped, unit_price, discount, tax_code) SELECT ?, line_no + 50, product_id, quantity, 0, 0, unit_price, discount, tax_code FROM order_lines WHERE order_id = ?

-- name: line with the customer's price
-- args: integer:7 text:P003
INSERT INTO order_lines (order_id, line_no, product_id, quantity, allocated, shipped, unit_price, discount, tax_code) SELECT o.id, 80, p.id, 1, 0, 0, COALESCE(cp.unit_price, p.list_price), c.discount, c.tax_code FROM orders o JOIN customers c ON c.id = o.customer_id JOIN products p ON TRUE LEFT JOIN contract_prices cp ON cp.customer_id = c.id AND cp.product_id = p.id WHERE o.id = ? AND p.id = ?

-- name: total of an order
-- args: integer:9
UPDATE orders SET total = (SELECT SUM(quantity * unit_price) FROM order_lines WHERE order_id = orders.id) WHERE id = ?
-- plain:
UPDATE orders SET total = (SELECT ROUND(SUM(quantity * unit_price), 2) FROM order_lines WHERE order_id = orders.id) WHERE id = ?
-- instead:
UPDATE orders SET total = (SELECT ROUND(SUM(quantity * unit_price), 2) FROM order_lines WHERE order_id = orders.id) WHERE id = ?

-- name: total of an order, rounded
-- args: integer:9
UPDATE orders SET total = (SELECT ROUND(SUM(l.quantity * l.unit_price), 2) FROM order_lines l WHERE l.order_id = orders.id) WHERE id = ?

-- name: discount on an order's lines
-- args: decimal4:0.0625 integer:9
UPDATE order_lines SET discount = ? WHERE order_id = ? AND discount = 0

-- name: cancel an order
-- args: integer:11
UPDATE orders SET status = 'cancelled', note = COALESCE(note || '; ', '') || 'cancelled' WHERE id = ? AND status = 'open' RETURNING id, status, note

-- name: close what is shipped
UPDATE orders SET status = 'closed' WHERE status = 'shipped' AND id IN (SELECT order_id FROM shipments WHERE status = 'shipped')

-- name: several columns from a subquery
UPDATE orders SET (currency, discount) = (SELECT currency, discount FROM customers WHERE id = orders.customer_id) WHERE status = 'open'
-- instead:
UPDATE orders SET currency = COALESCE((SELECT c.currency FROM customers c WHERE c.id = orders.customer_id), currency), discount = COALESCE((SELECT c.discount FROM customers c WHERE c.id = orders.customer_id), discount) WHERE status = 'open'

-- name: due dates that are missing
UPDATE orders SET due_at = ordered_at WHERE due_at IS NULL

-- name: due dates a week after
UPDATE orders SET due_at = ordered_at + 604800000000 WHERE due_at IS NULL
-- plain:
UPDATE orders SET due_at = datetime(ordered_at, '+7 days') WHERE due_at IS NULL

-- name: due dates a week after by a date function
UPDATE orders SET due_at = datetime(ordered_at, '+7 days') WHERE due_at IS NULL
-- instead:
UPDATE orders SET due_at = ordered_at + 604800000000 WHERE due_at IS NULL

-- name: delete an order's open lines
-- args: integer:14
DELETE FROM order_lines WHERE order_id = ? AND shipped = 0

-- name: delete lines with LIMIT
DELETE FROM order_lines WHERE shipped = 0 ORDER BY order_id LIMIT 3
-- instead:
DELETE FROM order_lines WHERE (order_id, line_no) IN (SELECT order_id, line_no FROM order_lines WHERE shipped = 0 ORDER BY order_id, line_no LIMIT 3)
-- plain:
DELETE FROM order_lines WHERE (order_id, line_no) IN (SELECT order_id, line_no FROM order_lines WHERE shipped = 0 ORDER BY order_id, line_no LIMIT 3)

-- name: latest lines by row value IN
SELECT order_id, line_no FROM order_lines WHERE (order_id, line_no) IN (SELECT order_id, MAX(line_no) FROM order_lines GROUP BY order_id)

-- ==== allocation, picking, shipping =============================================================

-- name: lines to allocate, oldest first
-- ordered
SELECT l.order_id, l.line_no, l.product_id, l.quantity - l.allocated AS missing FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.status = 'open' AND l.allocated < l.quantity ORDER BY o.ordered_at, l.order_id, l.line_no
-- by hand:
SELECT l.order_id, l.line_no, l.product_id, l.quantity - l.allocated AS missing FROM order_lines l JOIN orders o ON o.tenant_id = ? AND o.id = l.order_id WHERE l.tenant_id = ? AND o.status = 'open' AND l.allocated < l.quantity ORDER BY o.ordered_at, l.order_id, l.line_no

-- name: allocation by running demand against stock
WITH demand AS (SELECT l.order_id, l.line_no, l.product_id, l.quantity, SUM(l.quantity) OVER (PARTITION BY l.product_id ORDER BY o.ordered_at, l.order_id, l.line_no) AS running FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.status = 'open'), free AS (SELECT product_id, SUM(on_hand - reserved) AS n FROM stock GROUP BY product_id) SELECT d.order_id, d.line_no, CASE WHEN d.running <= f.n THEN d.quantity WHEN d.running - d.quantity < f.n THEN f.n - (d.running - d.quantity) ELSE 0 END AS allocated FROM demand d JOIN free f ON f.product_id = d.product_id

-- name: bins to pick from
-- args: text:P010 text:W001
-- ordered
SELECT s.bin, s.on_hand - s.reserved AS free FROM stock s JOIN bins b ON b.warehouse_id = s.warehouse_id AND b.code = s.bin WHERE s.product_id = ? AND s.warehouse_id = ? AND b.pickable AND s.on_hand > s.reserved ORDER BY b.zone, s.bin
-- by hand:
SELECT s.bin, s.on_hand - s.reserved AS free FROM stock s JOIN bins b ON b.tenant_id = ? AND b.warehouse_id = s.warehouse_id AND b.code = s.bin WHERE s.tenant_id = ? AND s.product_id = ? AND s.warehouse_id = ? AND b.pickable AND s.on_hand > s.reserved ORDER BY b.zone, s.bin

-- name: allocate a line
-- args: integer:4 integer:1
UPDATE order_lines SET allocated = quantity WHERE order_id = ? AND line_no = ?

-- name: allocate what is there
UPDATE order_lines SET allocated = MIN(quantity, (SELECT COALESCE(SUM(s.on_hand - s.reserved), 0) FROM stock s WHERE s.product_id = order_lines.product_id)) WHERE allocated = 0

-- name: pick list
-- args: integer:3
-- ordered
SELECT sl.line_no, sl.product_id, p.name, sl.quantity, COALESCE(sl.lot, '-') AS lot FROM shipment_lines AS sl INNER JOIN products AS p ON p.id = sl.product_id WHERE sl.shipment_id = ? ORDER BY sl.line_no
-- by hand:
SELECT sl.line_no, sl.product_id, p.name, sl.quantity, COALESCE(sl.lot, '-') AS lot FROM shipment_lines AS sl INNER JOIN products AS p ON p.tenant_id = ? AND p.id = sl.product_id WHERE sl.tenant_id = ? AND sl.shipment_id = ? ORDER BY sl.line_no

-- name: shipments to pack
SELECT s.id, o.customer_id, COUNT(*) AS lines, SUM(sl.quantity) AS pieces FROM shipments s JOIN orders o ON o.id = s.order_id JOIN shipment_lines sl ON sl.shipment_id = s.id WHERE s.status = 'picking' GROUP BY s.id, o.customer_id
-- by hand:
SELECT s.id, o.customer_id, COUNT(*) AS lines, SUM(sl.quantity) AS pieces FROM shipments s JOIN orders o ON o.tenant_id = ? AND o.id = s.order_id JOIN shipment_lines sl ON sl.tenant_id = ? AND sl.shipment_id = s.id WHERE s.tenant_id = ? AND s.status = 'picking' GROUP BY s.id, o.customer_id

-- name: weight of a shipment
SELECT sl.shipment_id, SUM(sl.quantity * COALESCE(p.weight, 0)) AS weight FROM shipment_lines sl JOIN products p ON p.id = sl.product_id GROUP BY sl.shipment_id

-- name: shipments per carrier
SELECT COALESCE(carrier, 'none') AS carrier, COUNT(*) AS n, COUNT(tracking) AS tracked FROM shipments GROUP BY COALESCE(carrier, 'none')

-- name: days from order to shipment
SELECT s.id, julianday(s.shipped_at) - julianday(o.ordered_at) AS days FROM shipments s JOIN orders o ON o.id = s.order_id WHERE s.shipped_at IS NOT NULL

-- name: average days from order to shipment
SELECT o.channel, AVG(julianday(s.shipped_at) - julianday(o.ordered_at)) AS days FROM shipments s JOIN orders o ON o.id = s.order_id GROUP BY o.channel

-- name: share of orders on time
SELECT COUNT(CASE WHEN s.shipped_at <= o.due_at THEN 1 END) * 100 / COUNT(*) AS percent FROM shipments s JOIN orders o ON o.id = s.order_id WHERE o.due_at IS NOT NULL

-- name: create a shipment
-- args: integer:900 integer:5
INSERT INTO shipments (id, order_id, warehouse_id, status) SELECT ?, id, warehouse_id, 'picking' FROM orders WHERE id = ?

-- name: create its lines
-- args: integer:1 integer:2
INSERT INTO shipment_lines (shipment_id, line_no, order_line, product_id, quantity) SELECT ?, 100 + line_no, line_no, product_id, allocated - shipped FROM order_lines WHERE order_id = ? AND allocated > shipped

-- name: ship it
-- args: text:DHL text:T77 timestamp:2026-05-06 integer:4
UPDATE shipments SET status = 'shipped', carrier = ?, tracking = ?, shipped_at = ? WHERE id = ? AND status <> 'shipped'

-- name: shipped quantities back to the lines
UPDATE order_lines SET shipped = shipped + x.quantity FROM (SELECT s.order_id, sl.order_line, SUM(sl.quantity) AS quantity FROM shipments s JOIN shipment_lines sl ON sl.shipment_id = s.id WHERE s.id = 5 GROUP BY s.order_id, sl.order_line) AS x WHERE x.order_id = order_lines.order_id AND x.order_line = order_lines.line_no

-- name: lots of a product
SELECT DISTINCT product_id, lot FROM shipment_lines WHERE lot IS NOT NULL ORDER BY product_id, lot
-- ordered
-- by hand:
SELECT DISTINCT product_id, lot FROM shipment_lines WHERE tenant_id = ? AND lot IS NOT NULL ORDER BY product_id, lot

-- name: who received a lot
-- args: text:LOT3
SELECT DISTINCT o.customer_id FROM shipment_lines sl JOIN shipments s ON s.id = sl.shipment_id JOIN orders o ON o.id = s.order_id WHERE sl.lot = ?

-- name: returns by reason
SELECT reason, COUNT(*) AS n, SUM(quantity) AS pieces, COUNT(*) FILTER (WHERE credited) AS credited FROM returns GROUP BY reason

-- name: return rate per product
SELECT l.product_id, SUM(l.shipped) AS shipped, (SELECT SUM(r.quantity) FROM returns r WHERE r.product_id = l.product_id) AS returned FROM order_lines l GROUP BY l.product_id

-- name: credit a return
-- args: integer:3
UPDATE returns SET credited = TRUE WHERE id = ? AND credited IS NOT TRUE

-- name: returns not decided
SELECT id FROM returns WHERE credited IS NULL OR credited IS FALSE

-- ==== invoices, payments, dunning ===============================================================

-- name: open invoices of a customer
-- args: text:C008
-- ordered
SELECT id, invoiced_at, due_at, gross FROM invoices WHERE customer_id = ? AND NOT paid ORDER BY due_at, id
-- by hand:
SELECT id, invoiced_at, due_at, gross FROM invoices WHERE tenant_id = ? AND customer_id = ? AND NOT paid ORDER BY due_at, id

-- name: open amount per customer
SELECT c.id, c.name, COALESCE(SUM(i.gross), 0) AS open FROM customers c LEFT JOIN invoices i ON i.customer_id = c.id AND NOT i.paid GROUP BY c.id, c.name
-- by hand:
SELECT c.id, c.name, COALESCE(SUM(i.gross), 0) AS open FROM customers c LEFT JOIN invoices i ON i.tenant_id = ? AND i.customer_id = c.id AND NOT i.paid WHERE c.tenant_id = ? GROUP BY c.id, c.name

-- name: credit limit check
-- args: text:C008
SELECT c.credit_limit - (SELECT COALESCE(SUM(i.gross), 0) FROM invoices i WHERE i.customer_id = c.id AND NOT i.paid) AS headroom FROM customers c WHERE c.id = ?

-- name: customers over their limit
SELECT c.id FROM customers c WHERE c.credit_limit < (SELECT SUM(i.gross) FROM invoices i WHERE i.customer_id = c.id AND NOT i.paid)
-- by hand:
SELECT c.id FROM customers c WHERE c.tenant_id = ? AND c.credit_limit < (SELECT SUM(i.gross) FROM invoices i WHERE i.tenant_id = ? AND i.customer_id = c.id AND NOT i.paid)

-- name: ageing buckets
-- args: timestamp:2026-04-01 timestamp:2026-04-01 timestamp:2026-03-01 timestamp:2026-03-01
SELECT customer_id, SUM(CASE WHEN due_at >= ? THEN gross ELSE 0 END) AS not_due, SUM(CASE WHEN due_at < ? AND due_at >= ? THEN gross ELSE 0 END) AS to_30, SUM(CASE WHEN due_at < ? THEN gross ELSE 0 END) AS over_30 FROM invoices WHERE NOT paid GROUP BY customer_id
-- by hand:
SELECT customer_id, SUM(CASE WHEN due_at >= ? THEN gross ELSE 0 END) AS not_due, SUM(CASE WHEN due_at < ? AND due_at >= ? THEN gross ELSE 0 END) AS to_30, SUM(CASE WHEN due_at < ? THEN gross ELSE 0 END) AS over_30 FROM invoices WHERE tenant_id = ? AND NOT paid GROUP BY customer_id

-- name: ageing buckets by julian days
-- args: timestamp:2026-04-01
WITH aged AS (SELECT customer_id, gross, CAST(julianday(?) - julianday(due_at) AS INTEGER) AS days FROM invoices WHERE NOT paid) SELECT customer_id, SUM(gross) FILTER (WHERE days <= 0) AS not_due, SUM(gross) FILTER (WHERE days BETWEEN 1 AND 30) AS to_30, SUM(gross) FILTER (WHERE days > 30) AS over_30 FROM aged GROUP BY customer_id

-- name: ageing bucket as a word
-- args: timestamp:2026-04-01
SELECT id, CASE WHEN julianday(?) - julianday(due_at) <= 0 THEN 'not due' WHEN julianday('2026-04-01') - julianday(due_at) <= 30 THEN '1-30' ELSE '30+' END AS bucket FROM invoices WHERE NOT paid

-- name: dunning proposal
-- args: timestamp:2026-04-01
-- ordered
SELECT i.customer_id, COUNT(*) AS n, SUM(i.gross) AS amount, MAX(i.dunning_level) + 1 AS level FROM invoices i JOIN customers c ON c.id = i.customer_id WHERE NOT i.paid AND i.due_at < ? AND NOT c.blocked GROUP BY i.customer_id HAVING SUM(i.gross) > 100 ORDER BY amount DESC, i.customer_id
-- by hand:
SELECT i.customer_id, COUNT(*) AS n, SUM(i.gross) AS amount, MAX(i.dunning_level) + 1 AS level FROM invoices i JOIN customers c ON c.tenant_id = ? AND c.id = i.customer_id WHERE i.tenant_id = ? AND NOT i.paid AND i.due_at < ? AND NOT c.blocked GROUP BY i.customer_id HAVING SUM(i.gross) > 100 ORDER BY amount DESC, i.customer_id

-- name: dun
-- args: timestamp:2026-04-01
UPDATE invoices SET dunning_level = MIN(dunning_level + 1, 3) WHERE NOT paid AND due_at < ?

-- name: dun with CASE
-- args: timestamp:2026-04-01
UPDATE invoices SET dunning_level = CASE WHEN dunning_level < 3 THEN dunning_level + 1 ELSE 3 END WHERE NOT paid AND due_at < ? RETURNING id, dunning_level

-- name: payments of an invoice
-- args: integer:5
SELECT p.id, p.paid_at, p.amount, p.method FROM payments p WHERE p.invoice_id = ? ORDER BY p.paid_at, p.id
-- ordered
-- by hand:
SELECT p.id, p.paid_at, p.amount, p.method FROM payments p WHERE p.tenant_id = ? AND p.invoice_id = ? ORDER BY p.paid_at, p.id

-- name: open after payments
SELECT i.id, i.gross - COALESCE(SUM(p.amount), 0) AS open FROM invoices i LEFT JOIN payments p ON p.invoice_id = i.id GROUP BY i.id, i.gross
-- by hand:
SELECT i.id, i.gross - COALESCE(SUM(p.amount), 0) AS open FROM invoices i LEFT JOIN payments p ON p.tenant_id = ? AND p.invoice_id = i.id WHERE i.tenant_id = ? GROUP BY i.id, i.gross

-- name: mark paid what is paid
UPDATE invoices SET paid = TRUE WHERE NOT paid AND gross <= (SELECT COALESCE(SUM(p.amount), 0) FROM payments p WHERE p.invoice_id = invoices.id)

-- name: statement of account
-- args: text:C008 text:C008
-- ordered
SELECT booked_at, document, amount, SUM(amount) OVER (ORDER BY booked_at, document ROWS UNBOUNDED PRECEDING) AS balance FROM (SELECT invoiced_at AS booked_at, 'I' || id AS document, gross AS amount FROM invoices WHERE customer_id = ? UNION ALL SELECT paid_at, 'P' || id, -amount FROM payments WHERE customer_id = ?) ORDER BY booked_at, document

-- name: statement of account by CTE
-- args: text:C008 text:C008
WITH entries AS (SELECT invoiced_at AS at_time, gross AS amount FROM invoices WHERE customer_id = ? UNION ALL SELECT paid_at, -amount FROM payments WHERE customer_id = ?) SELECT COUNT(*) AS n, SUM(amount) AS balance, MIN(at_time) AS since FROM entries

-- name: turnover per month
-- ordered
SELECT strftime('%Y-%m', invoiced_at) AS month, SUM(net) AS net, SUM(tax) AS tax, COUNT(*) AS n FROM invoices GROUP BY strftime('%Y-%m', invoiced_at) ORDER BY strftime('%Y-%m', invoiced_at)

-- name: turnover per month, cumulated
-- ordered
WITH monthly AS (SELECT strftime('%Y-%m', invoiced_at) AS month, SUM(net) AS net FROM invoices GROUP BY 1) SELECT month, net, SUM(net) OVER (ORDER BY month) AS cumulated FROM monthly ORDER BY month

-- name: turnover against the month before
WITH monthly AS (SELECT strftime('%Y-%m', invoiced_at) AS month, SUM(net) AS net FROM invoices GROUP BY month) SELECT month, net - LAG(net, 1, 0) OVER (ORDER BY month) AS change FROM monthly

-- name: turnover per category
SELECT c.name, SUM(l.amount) AS amount FROM invoice_lines l JOIN products p ON p.id = l.product_id LEFT JOIN categories c ON c.id = p.category_id GROUP BY c.id, c.name

-- name: turnover per category, unknown ones named
SELECT COALESCE(c.name, 'none') AS category, SUM(l.amount) AS amount FROM invoice_lines l JOIN products p ON p.id = l.product_id LEFT JOIN categories c ON c.id = p.category_id GROUP BY COALESCE(c.name, 'none')

-- name: sales per customer and product group, top two
WITH sales AS (SELECT i.customer_id, p.category_id, SUM(l.amount) AS amount FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id JOIN products p ON p.id = l.product_id GROUP BY i.customer_id, p.category_id), ranked AS (SELECT customer_id, category_id, amount, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY amount DESC, category_id) AS place FROM sales) SELECT customer_id, category_id, amount FROM ranked WHERE place <= 2

-- name: invoices without lines
SELECT i.id FROM invoices i WHERE NOT EXISTS (SELECT 1 FROM invoice_lines l WHERE l.invoice_id = i.id)
-- by hand:
SELECT i.id FROM invoices i WHERE i.tenant_id = ? AND NOT EXISTS (SELECT 1 FROM invoice_lines l WHERE l.tenant_id = ? AND l.invoice_id = i.id)

-- name: shipped orders without invoice
SELECT o.id FROM orders o LEFT JOIN invoices i ON i.order_id = o.id WHERE o.status = 'shipped' AND i.id IS NULL
-- by hand:
SELECT o.id FROM orders o LEFT JOIN invoices i ON i.tenant_id = ? AND i.order_id = o.id WHERE o.tenant_id = ? AND o.status = 'shipped' AND i.id IS NULL

-- name: invoice lines whose amount is not price times quantity
SELECT invoice_id, line_no FROM invoice_lines WHERE amount <> quantity * unit_price

-- name: tax per rate
SELECT l.tax_code, t.rate, SUM(l.amount) AS net, SUM(l.amount * t.rate) AS tax FROM invoice_lines l JOIN tax_codes t ON t.code = l.tax_code GROUP BY l.tax_code, t.rate
-- by hand:
SELECT l.tax_code, t.rate, SUM(l.amount) AS net, SUM(l.amount * t.rate) AS tax FROM invoice_lines l JOIN tax_codes t ON t.code = l.tax_code WHERE l.tenant_id = ? GROUP BY l.tax_code, t.rate

-- name: next invoice number
SELECT COALESCE(MAX(id), 0) + 1 AS next_id FROM invoices
-- by hand:
SELECT COALESCE(MAX(id), 0) + 1 AS next_id FROM invoices WHERE tenant_id = ?

-- name: gaps in the invoice numbers
WITH numbered AS (SELECT id, LEAD(id) OVER (ORDER BY id) AS next_id FROM invoices) SELECT id + 1 AS gap_begins, next_id - 1 AS gap_ends FROM numbered WHERE next_id > id + 1

-- name: invoice an order
-- args: integer:900 timestamp:2026-05-05 timestamp:2026-06-04 integer:5
INSERT INTO invoices (id, customer_id, order_id, invoiced_at, due_at, currency, net, tax, gross, paid, dunning_level) SELECT ?, o.customer_id, o.id, ?, ?, o.currency, COALESCE(o.total, 0), 0, COALESCE(o.total, 0), FALSE, 0 FROM orders o WHERE o.id = ?

-- name: invoice lines from the order
-- args: integer:1 integer:5
INSERT INTO invoice_lines (invoice_id, line_no, product_id, quantity, unit_price, amount, tax_code) SELECT ?, 100 + l.line_no, l.product_id, l.shipped, l.unit_price, ROUND(l.shipped * l.unit_price, 2), l.tax_code FROM order_lines l WHERE l.order_id = ? AND l.shipped > 0

-- name: take a payment
-- args: integer:900 text:C008 integer?:5 timestamp:2026-05-05 decimal2:99.75
INSERT INTO payments (id, customer_id, invoice_id, paid_at, amount, method) VALUES (?, ?, ?, ?, ?, 'card')

-- name: payments per method and month
SELECT method, strftime('%Y-%m', paid_at) AS month, SUM(amount) AS amount FROM payments GROUP BY method, month

-- name: unapplied payments
SELECT id, customer_id, amount FROM payments WHERE invoice_id IS NULL

-- name: average days to pay
SELECT i.customer_id, AVG(julianday(p.paid_at) - julianday(i.invoiced_at)) AS days FROM invoices i JOIN payments p ON p.invoice_id = i.id GROUP BY i.customer_id

-- name: customers that always paid in time
SELECT customer_id FROM invoices EXCEPT SELECT i.customer_id FROM invoices i JOIN payments p ON p.invoice_id = i.id WHERE p.paid_at > i.due_at

-- name: foreign invoices in euros
SELECT i.id, i.gross / r.rate AS euros FROM invoices i JOIN exchange_rates r ON r.currency = i.currency WHERE r.valid_on = (SELECT MAX(x.valid_on) FROM exchange_rates x WHERE x.currency = i.currency AND x.valid_on <= i.invoiced_at)
-- instead:
SELECT i.id, CAST(i.gross AS REAL) / CAST(r.rate AS REAL) AS euros FROM invoices i JOIN exchange_rates r ON r.currency = i.currency WHERE r.valid_on = (SELECT MAX(x.valid_on) FROM exchange_rates x WHERE x.currency = i.currency AND x.valid_on <= i.invoiced_at)

-- name: foreign invoices in euros, multiplied
SELECT i.id, i.gross * r.rate AS euros FROM invoices i JOIN exchange_rates r ON r.currency = i.currency WHERE r.valid_on = (SELECT MAX(x.valid_on) FROM exchange_rates x WHERE x.currency = i.currency AND x.valid_on <= i.invoiced_at)

-- name: invoices with their currency's name
SELECT i.id, cu.name, cu.digits FROM invoices i JOIN currencies cu ON cu.code = i.currency
-- by hand:
SELECT i.id, cu.name, cu.digits FROM invoices i JOIN currencies cu ON cu.code = i.currency WHERE i.tenant_id = ?

-- name: distinct currencies in use
SELECT currency FROM orders UNION SELECT currency FROM invoices

-- name: invoices of the last year
-- args: timestamp:2026-06-30
SELECT COUNT(*) AS n FROM invoices WHERE invoiced_at >= datetime(?, '-1 year')
-- instead:
SELECT COUNT(*) AS n FROM invoices WHERE datetime(invoiced_at) >= datetime(?, '-1 year')

-- name: invoice day and time
SELECT id, date(invoiced_at) AS day, time(invoiced_at) AS clock, strftime('%d.%m.%Y', invoiced_at) AS german FROM invoices

-- name: due at the end of the month
SELECT id, date(invoiced_at, 'start of month', '+1 month', '-1 day') AS month_end FROM invoices

-- name: seconds since 1970
SELECT id, CAST(strftime('%s', invoiced_at) AS INTEGER) AS seconds FROM invoices

-- name: percentiles of invoices
SELECT id, PERCENT_RANK() OVER (ORDER BY gross) AS place, CUME_DIST() OVER (ORDER BY gross) AS share FROM invoices

-- name: pareto of customers
WITH sums AS (SELECT customer_id, SUM(net) AS net FROM invoices GROUP BY customer_id) SELECT customer_id, net, SUM(net) OVER (ORDER BY net DESC, customer_id) * 1.0 / SUM(net) OVER () AS running FROM sums
-- instead:
WITH sums AS (SELECT customer_id, SUM(net) AS net FROM invoices GROUP BY customer_id) SELECT customer_id, net, CAST(SUM(net) OVER (ORDER BY net DESC, customer_id) AS REAL) / CAST(SUM(net) OVER () AS REAL) AS running FROM sums

-- name: average, smallest, largest invoice
SELECT COUNT(*) AS n, AVG(gross) AS average, MIN(gross) AS smallest, MAX(gross) AS largest, SUM(gross) AS total FROM invoices

-- name: total even when there are none
SELECT TOTAL(gross) AS total FROM invoices WHERE customer_id = 'nobody'

-- name: sum even when there are none
SELECT IFNULL(SUM(gross), 0) AS total FROM invoices WHERE customer_id = 'nobody'

-- ==== rebates ===================================================================================

-- name: rebates of a customer at a day
-- args: text:C008 timestamp:2025-12-01
SELECT id, percent, threshold FROM rebates WHERE customer_id = ? AND ? BETWEEN starts_at AND ends_at

-- name: base of each rebate
SELECT r.id, COALESCE(SUM(l.amount), 0) AS base FROM rebates r LEFT JOIN invoices i ON i.customer_id = r.customer_id AND i.invoiced_at >= r.starts_at AND i.invoiced_at < r.ends_at LEFT JOIN invoice_lines l ON l.invoice_id = i.id GROUP BY r.id
-- by hand:
SELECT r.id, COALESCE(SUM(l.amount), 0) AS base FROM rebates r LEFT JOIN invoices i ON i.tenant_id = ? AND i.customer_id = r.customer_id AND i.invoiced_at >= r.starts_at AND i.invoiced_at < r.ends_at LEFT JOIN invoice_lines l ON l.tenant_id = ? AND l.invoice_id = i.id WHERE r.tenant_id = ? GROUP BY r.id

-- name: rebates earned at the end of the period
WITH base AS (SELECT r.id, r.percent, r.threshold, SUM(l.amount) AS amount FROM rebates r JOIN invoices i ON i.customer_id = r.customer_id AND i.invoiced_at BETWEEN r.starts_at AND r.ends_at JOIN invoice_lines l ON l.invoice_id = i.id JOIN products p ON p.id = l.product_id WHERE r.category_id IS NULL OR r.category_id = p.category_id GROUP BY r.id, r.percent, r.threshold) SELECT id, amount, amount * percent AS earned FROM base WHERE amount >= threshold

-- name: rebates accrued and settled
SELECT r.customer_id, SUM(a.amount) AS accrued, SUM(CASE WHEN a.settled THEN a.amount ELSE 0 END) AS settled, SUM(IIF(a.settled, 0, a.amount)) AS open FROM rebates r JOIN rebate_accruals a ON a.rebate_id = r.id GROUP BY r.customer_id

-- name: accruals of paid invoices only
SELECT a.id, a.amount FROM rebate_accruals a JOIN invoices i ON i.id = a.invoice_id WHERE i.paid AND NOT a.settled
-- by hand:
SELECT a.id, a.amount FROM rebate_accruals a JOIN invoices i ON i.tenant_id = ? AND i.id = a.invoice_id WHERE a.tenant_id = ? AND i.paid AND NOT a.settled

-- name: accrue
-- args: integer:900 timestamp:2026-05-05 integer:1 integer:2
INSERT INTO rebate_accruals (id, rebate_id, invoice_id, amount, accrued_at, settled) SELECT ?, r.id, i.id, ROUND(i.net * r.percent, 2), ?, FALSE FROM rebates r JOIN invoices i ON i.id = ? WHERE r.id = ? ON CONFLICT (rebate_id, invoice_id) DO NOTHING

-- name: settle
-- args: timestamp:2026-01-01
UPDATE rebate_accruals SET settled = TRUE WHERE NOT settled AND accrued_at < ? AND invoice_id IN (SELECT id FROM invoices WHERE paid)

-- name: customers with overlapping rebates
SELECT a.customer_id, a.id, b.id AS other FROM rebates a JOIN rebates b ON a.customer_id = b.customer_id AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
-- by hand:
SELECT a.customer_id, a.id, b.id AS other FROM rebates a JOIN rebates b ON a.customer_id = b.customer_id AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at WHERE a.tenant_id = ? AND b.tenant_id = ?

-- name: rebates to reach
SELECT r.id, r.threshold - COALESCE((SELECT SUM(i.net) FROM invoices i WHERE i.customer_id = r.customer_id), 0) AS missing FROM rebates r

-- ==== purchasing ================================================================================

-- name: open purchase lines
SELECT o.id, l.line_no, l.product_id, l.quantity - l.received AS open FROM purchase_orders o JOIN purchase_lines l ON l.purchase_id = o.id WHERE o.status = 'open' AND l.received < l.quantity
-- by hand:
SELECT o.id, l.line_no, l.product_id, l.quantity - l.received AS open FROM purchase_orders o JOIN purchase_lines l ON l.tenant_id = ? AND l.purchase_id = o.id WHERE o.tenant_id = ? AND o.status = 'open' AND l.received < l.quantity

-- name: what to order from whom
SELECT p.supplier_id, p.id, p.reorder_point - COALESCE(s.free, 0) AS missing FROM products p LEFT JOIN (SELECT product_id, SUM(on_hand - reserved) AS free FROM stock GROUP BY product_id) s ON s.product_id = p.id WHERE p.supplier_id IS NOT NULL AND COALESCE(s.free, 0) < p.reorder_point

-- name: last purchase price
-- args: text:P006
SELECT l.unit_cost FROM purchase_lines l JOIN purchase_orders o ON o.id = l.purchase_id WHERE l.product_id = ? ORDER BY o.ordered_at DESC, o.id DESC, l.line_no DESC LIMIT 1
-- ordered

-- name: average purchase price, weighted
SELECT product_id, SUM(quantity * unit_cost) / SUM(quantity) AS average FROM purchase_lines GROUP BY product_id
-- instead:
SELECT product_id, CAST(SUM(quantity * unit_cost) AS REAL) / CAST(SUM(quantity) AS REAL) AS average FROM purchase_lines GROUP BY product_id

-- name: suppliers by spend
-- ordered
SELECT s.id, s.name, SUM(l.quantity * l.unit_cost) AS spend FROM suppliers s JOIN purchase_orders o ON o.supplier_id = s.id JOIN purchase_lines l ON l.purchase_id = o.id GROUP BY s.id, s.name ORDER BY spend DESC, s.id
-- by hand:
SELECT s.id, s.name, SUM(l.quantity * l.unit_cost) AS spend FROM suppliers s JOIN purchase_orders o ON o.tenant_id = ? AND o.supplier_id = s.id JOIN purchase_lines l ON l.tenant_id = ? AND l.purchase_id = o.id WHERE s.tenant_id = ? GROUP BY s.id, s.name ORDER BY spend DESC, s.id

-- name: suppliers without rating last
-- ordered
SELECT id, rating FROM suppliers ORDER BY rating DESC NULLS LAST, id

-- name: suppliers without rating last, the old way
-- ordered
SELECT id, rating FROM suppliers ORDER BY rating IS NULL, rating DESC, id

-- name: late purchases
-- args: timestamp:2026-02-01
SELECT id, supplier_id, expected_at FROM purchase_orders WHERE status = 'open' AND expected_at < ?

-- name: expected days
SELECT o.id, date(o.ordered_at, '+' || s.lead_days || ' days') AS expected FROM purchase_orders o JOIN suppliers s ON s.id = o.supplier_id
-- instead:
SELECT o.id, date(julianday(o.ordered_at) + s.lead_days) AS expected FROM purchase_orders o JOIN suppliers s ON s.id = o.supplier_id

-- name: receive goods
-- args: decimal3:5 integer:3 integer:1
UPDATE purchase_lines SET received = received + ? WHERE purchase_id = ? AND line_no = ? RETURNING received

-- name: close received purchases
UPDATE purchase_orders SET status = 'received' WHERE status = 'open' AND NOT EXISTS (SELECT 1 FROM purchase_lines l WHERE l.purchase_id = purchase_orders.id AND l.received < l.quantity)

-- name: cost from the last purchase
UPDATE products SET cost = (SELECT l.unit_cost FROM purchase_lines l JOIN purchase_orders o ON o.id = l.purchase_id WHERE l.product_id = products.id ORDER BY o.ordered_at DESC, o.id DESC, l.line_no DESC LIMIT 1) WHERE id IN (SELECT product_id FROM purchase_lines)

-- name: suppliers of a category
-- args: integer:2
SELECT DISTINCT s.id, s.name FROM suppliers s JOIN products p ON p.supplier_id = s.id WHERE p.category_id = ?
-- by hand:
SELECT DISTINCT s.id, s.name FROM suppliers s JOIN products p ON p.tenant_id = ? AND p.supplier_id = s.id WHERE s.tenant_id = ? AND p.category_id = ?

-- name: delete cancelled purchases
DELETE FROM purchase_lines WHERE purchase_id IN (SELECT id FROM purchase_orders WHERE status = 'cancelled')

-- ==== documents, people, calendars ==============================================================

-- name: messages to process
-- ordered
SELECT id, kind, partner, body FROM edi_messages WHERE direction = 'in' AND processed_at IS NULL AND attempts < 5 ORDER BY received_at, id LIMIT 10
-- by hand:
SELECT id, kind, partner, body FROM edi_messages WHERE tenant_id = ? AND direction = 'in' AND processed_at IS NULL AND attempts < 5 ORDER BY received_at, id LIMIT 10

-- name: references in messages
SELECT id, json_extract(body, '$.order.ref') AS ref FROM edi_messages WHERE kind = 'ORDERS'

-- name: orders of messages
SELECT m.id, o.id AS order_id FROM edi_messages m JOIN orders o ON o.customer_ref = json_extract(m.body, '$.order.ref') AND o.customer_id = m.partner

-- name: first line of a message
SELECT id, body ->> '$.order.lines[0].sku' AS sku, json_array_length(body, '$.order.lines') AS n FROM edi_messages

-- name: lines of a message
-- args: integer:4
SELECT json_extract(line.value, '$.sku') AS sku, json_extract(line.value, '$.qty') AS qty FROM edi_messages m, json_each(m.body, '$.order.lines') AS line WHERE m.id = ?

-- name: messages with more than one line
SELECT m.id FROM edi_messages m JOIN json_each(m.body, '$.order.lines') AS line ON TRUE GROUP BY m.id HAVING COUNT(*) > 1

-- name: message for an order
-- args: integer:5
SELECT json_object('order', o.id, 'customer', o.customer_id, 'lines', (SELECT json_group_array(json_object('sku', l.product_id, 'line', l.line_no)) FROM order_lines l WHERE l.order_id = o.id)) AS body FROM orders o WHERE o.id = ?
-- plain:
SELECT json_object('order', o.id, 'customer', o.customer_id, 'lines', (SELECT json_group_array(json(body)) FROM (SELECT json_object('sku', l.product_id, 'line', l.line_no) AS body FROM order_lines l WHERE l.order_id = o.id ORDER BY body))) AS body FROM orders o WHERE o.id = ?

-- name: note a failure
-- args: text:timeout integer:6
UPDATE edi_messages SET attempts = attempts + 1, failure = ? WHERE id = ?

-- name: mark processed
-- args: timestamp:2026-05-05 integer:6
UPDATE edi_messages SET processed_at = ?, failure = NULL WHERE id = ? AND processed_at IS NULL

-- name: failures per partner
SELECT partner, COUNT(*) AS n, MAX(attempts) AS attempts FROM edi_messages WHERE failure IS NOT NULL GROUP BY partner HAVING COUNT(*) > 1 OR MAX(attempts) > 3
-- by hand:
SELECT partner, COUNT(*) AS n, MAX(attempts) AS attempts FROM edi_messages WHERE tenant_id = ? AND failure IS NOT NULL GROUP BY partner HAVING COUNT(*) > 1 OR MAX(attempts) > 3

-- name: messages per day
SELECT date(received_at) AS day, COUNT(*) AS n FROM edi_messages GROUP BY date(received_at)

-- name: valid documents
SELECT COUNT(*) AS n FROM edi_messages WHERE json_valid(body)

-- name: old messages
-- args: timestamp:2026-02-01
DELETE FROM edi_messages WHERE processed_at < ? AND id NOT IN (SELECT id FROM edi_messages ORDER BY received_at DESC, id DESC LIMIT 5)

-- name: users and roles
SELECT u.id, u.name, r.role FROM users u LEFT JOIN user_roles r ON r.user_id = u.id WHERE u.active
-- by hand:
SELECT u.id, u.name, r.role FROM users u LEFT JOIN user_roles r ON r.tenant_id = ? AND r.user_id = u.id WHERE u.tenant_id = ? AND u.active

-- name: roles as a list
SELECT user_id, GROUP_CONCAT(role, ',') AS roles FROM (SELECT user_id, role FROM user_roles ORDER BY user_id, role) GROUP BY user_id

-- name: may this user
-- args: text:U001 text:admin
SELECT EXISTS (SELECT 1 FROM user_roles WHERE user_id = ? AND role = ?) AS allowed
-- by hand:
SELECT EXISTS (SELECT 1 FROM user_roles WHERE tenant_id = ? AND user_id = ? AND role = ?) AS allowed

-- name: users with all of two roles
SELECT user_id FROM user_roles WHERE role IN ('clerk', 'buyer') GROUP BY user_id HAVING COUNT(DISTINCT role) = 2

-- name: grant a role
-- args: text:U003 timestamp:2026-05-05
INSERT OR IGNORE INTO user_roles (user_id, role, granted_at) VALUES (?, 'buyer', ?)
-- instead:
INSERT INTO user_roles (user_id, role, granted_at) VALUES (?, 'buyer', ?) ON CONFLICT (user_id, role) DO NOTHING

-- name: grant a role with DO NOTHING
-- args: text:U002 timestamp:2026-05-05
INSERT INTO user_roles (user_id, role, granted_at) VALUES (?, 'clerk', ?) ON CONFLICT (user_id, role) DO NOTHING

-- name: replace a role
-- args: text:U002 timestamp:2026-05-05
INSERT OR REPLACE INTO user_roles (user_id, role, granted_at) VALUES (?, 'clerk', ?)
-- plain:
INSERT INTO user_roles (user_id, role, granted_at) VALUES (?, 'clerk', ?) ON CONFLICT (user_id, role) DO UPDATE SET granted_at = excluded.granted_at
-- instead:
INSERT INTO user_roles (user_id, role, granted_at) VALUES (?, 'clerk', ?) ON CONFLICT (user_id, role) DO UPDATE SET granted_at = excluded.granted_at

-- name: revoke a role
-- args: text:U001
DELETE FROM user_roles WHERE user_id = ? AND role = 'admin' RETURNING role, granted_at

-- name: users that have not logged in
-- args: timestamp:2026-05-15
SELECT id, COALESCE(date(last_login), 'never') AS last_seen FROM users WHERE last_login IS NULL OR last_login < ?

-- name: history of an order
-- args: text:12
-- ordered
SELECT n.noted_at, u.name, n.note FROM audit_notes n JOIN users u ON u.id = n.user_id WHERE n.object_kind = 'order' AND n.object_id = ? ORDER BY n.noted_at, n.id
-- by hand:
SELECT n.noted_at, u.name, n.note FROM audit_notes n JOIN users u ON u.tenant_id = ? AND u.id = n.user_id WHERE n.tenant_id = ? AND n.object_kind = 'order' AND n.object_id = ? ORDER BY n.noted_at, n.id

-- name: notes of orders by number
SELECT n.id, o.status FROM audit_notes n JOIN orders o ON o.id = CAST(n.object_id AS INTEGER) WHERE n.object_kind = 'order'

-- name: write a note
-- args: integer:900 text:12 timestamp:2026-05-05
INSERT INTO audit_notes VALUES (?, 'U001', 'order', ?, 'called back', ?)

-- name: most active users
SELECT user_id, COUNT(*) AS n FROM audit_notes GROUP BY user_id ORDER BY COUNT(*) DESC, user_id
-- ordered

-- name: working days between
-- args: timestamp:2026-03-01 timestamp:2026-03-31
SELECT COUNT(*) AS n FROM calendar_days WHERE working AND holiday IS NULL AND at BETWEEN ? AND ?
-- by hand:
SELECT COUNT(*) AS n FROM calendar_days WHERE tenant_id = ? AND working AND holiday IS NULL AND at BETWEEN ? AND ?

-- name: next working day
-- args: timestamp:2026-03-07
SELECT MIN(at) AS day FROM calendar_days WHERE working AND at > ?
-- by hand:
SELECT MIN(at) AS day FROM calendar_days WHERE tenant_id = ? AND working AND at > ?

-- name: the tenth working day
-- args: timestamp:2026-03-01
SELECT at FROM calendar_days WHERE working AND at >= ? ORDER BY at LIMIT 1 OFFSET 9
-- ordered

-- name: a calendar by recursion
-- ordered
WITH RECURSIVE days(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM days WHERE n < 31) SELECT n, (SELECT COUNT(*) FROM orders o WHERE strftime('%d', o.ordered_at) = printf('%02d', n)) AS orders FROM days ORDER BY n

-- name: months without orders
WITH RECURSIVE months(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM months WHERE n < 12) SELECT n FROM months WHERE n NOT IN (SELECT CAST(strftime('%m', ordered_at) AS INTEGER) FROM orders WHERE status = 'cancelled')

-- ==== shapes that reports take ==================================================================

-- name: subquery in FROM
SELECT t.status, t.n FROM (SELECT status, COUNT(*) AS n FROM orders GROUP BY status) AS t WHERE t.n > 5

-- name: subquery in FROM of a subquery in FROM
SELECT AVG(n) AS average FROM (SELECT customer_id, COUNT(*) AS n FROM (SELECT customer_id FROM orders WHERE status <> 'cancelled') GROUP BY customer_id)

-- name: chain of CTEs
WITH lines AS (SELECT o.customer_id, l.product_id, l.quantity FROM orders o JOIN order_lines l ON l.order_id = o.id), sums AS (SELECT customer_id, product_id, SUM(quantity) AS quantity FROM lines GROUP BY customer_id, product_id), best AS (SELECT customer_id, MAX(quantity) AS quantity FROM sums GROUP BY customer_id) SELECT s.customer_id, s.product_id, s.quantity FROM sums s JOIN best b ON b.customer_id = s.customer_id AND b.quantity = s.quantity

-- name: CTE inside a subquery
SELECT id FROM customers WHERE id IN (WITH busy AS (SELECT customer_id FROM orders GROUP BY customer_id HAVING COUNT(*) > 3) SELECT customer_id FROM busy)

-- name: materialized CTE
WITH sums AS MATERIALIZED (SELECT customer_id, SUM(total) AS total FROM orders GROUP BY customer_id) SELECT a.customer_id FROM sums a JOIN sums b ON a.total > b.total WHERE b.customer_id = 'C001'

-- name: counts of everything
SELECT (SELECT COUNT(*) FROM customers) AS customers, (SELECT COUNT(*) FROM orders) AS orders, (SELECT COUNT(*) FROM invoices WHERE NOT paid) AS open_invoices
-- by hand:
SELECT (SELECT COUNT(*) FROM customers WHERE tenant_id = ?) AS customers, (SELECT COUNT(*) FROM orders WHERE tenant_id = ?) AS orders, (SELECT COUNT(*) FROM invoices WHERE tenant_id = ? AND NOT paid) AS open_invoices

-- name: counts of everything as rows
SELECT 'customers' AS what, COUNT(*) AS n FROM customers UNION ALL SELECT 'orders', COUNT(*) FROM orders UNION ALL SELECT 'products', COUNT(*) FROM products

-- name: a cross table of channels
SELECT warehouse_id, COUNT(CASE WHEN channel = 'web' THEN 1 END) AS web, COUNT(CASE WHEN channel = 'edi' THEN 1 END) AS edi, COUNT(CASE WHEN channel = 'phone' THEN 1 END) AS phone, COUNT(*) AS n FROM orders GROUP BY warehouse_id
-- by hand:
SELECT warehouse_id, COUNT(CASE WHEN channel = 'web' THEN 1 END) AS web, COUNT(CASE WHEN channel = 'edi' THEN 1 END) AS edi, COUNT(CASE WHEN channel = 'phone' THEN 1 END) AS phone, COUNT(*) AS n FROM orders WHERE tenant_id = ? GROUP BY warehouse_id

-- name: sum of conditions
SELECT SUM(status = 'open') AS open, SUM(total > 1000) AS large FROM orders

-- name: subtotal rows by UNION ALL
SELECT warehouse_id, status, COUNT(*) AS n FROM orders GROUP BY warehouse_id, status UNION ALL SELECT warehouse_id, 'all', COUNT(*) FROM orders GROUP BY warehouse_id

-- name: median order
SELECT AVG(total) AS median FROM (SELECT total, ROW_NUMBER() OVER (ORDER BY total) AS n, COUNT(*) OVER () AS of FROM orders WHERE total IS NOT NULL) WHERE n IN ((of + 1) / 2, (of + 2) / 2)

-- name: newest row per group by NOT EXISTS
SELECT o.customer_id, o.id FROM orders o WHERE NOT EXISTS (SELECT 1 FROM orders x WHERE x.customer_id = o.customer_id AND (x.ordered_at > o.ordered_at OR (x.ordered_at = o.ordered_at AND x.id > o.id)))
-- by hand:
SELECT o.customer_id, o.id FROM orders o WHERE o.tenant_id = ? AND NOT EXISTS (SELECT 1 FROM orders x WHERE x.tenant_id = ? AND x.customer_id = o.customer_id AND (x.ordered_at > o.ordered_at OR (x.ordered_at = o.ordered_at AND x.id > o.id)))

-- name: newest row per group with the bare columns of MAX
SELECT customer_id, MAX(ordered_at), status FROM orders GROUP BY customer_id
-- instead:
SELECT o.customer_id, o.ordered_at AS "MAX(ordered_at)", o.status FROM orders o WHERE (o.customer_id, o.ordered_at) IN (SELECT customer_id, MAX(ordered_at) FROM orders GROUP BY customer_id)

-- name: sorted by a list of words
-- ordered
SELECT id, status FROM orders ORDER BY CASE status WHEN 'open' THEN 1 WHEN 'allocated' THEN 2 ELSE 3 END, id

-- name: sorted by an optional column, one way
-- args: integer:1
SELECT id, due_at FROM orders ORDER BY CASE WHEN ? = 1 THEN due_at END DESC, id
-- ordered

-- name: search over several columns
-- args: text:%red% text:%red% text:%red%
SELECT id FROM products WHERE name LIKE ? OR barcode LIKE ? OR attributes LIKE ?

-- name: in a list of arguments
-- args: text:P001 text:P002 text:P003
SELECT id, name FROM products WHERE id IN (?, ?, ?)
-- by hand:
SELECT id, name FROM products WHERE tenant_id = ? AND id IN (?, ?, ?)

-- name: in a list passed as JSON
-- args: text:["P001","P002"]
SELECT id FROM products WHERE id IN (SELECT value FROM json_each(?))

-- name: not equal in both notations
SELECT id FROM orders WHERE status != 'open' AND channel <> 'web'

-- name: equal with two signs
SELECT id FROM orders WHERE status == 'open'

-- name: equal or both null
-- args: text?:NULL
SELECT id FROM orders WHERE note IS ?

-- name: distinct from
SELECT id FROM products WHERE cost IS NOT list_price

-- name: NOTNULL and ISNULL
SELECT id FROM orders WHERE note NOTNULL AND customer_ref ISNULL

-- name: between columns
SELECT a.id FROM rebates a WHERE a.percent BETWEEN 0 AND 0.125

-- name: literal percent
SELECT id FROM customers WHERE discount = 0.0625 OR discount >= 0.1875

-- name: boolean arithmetic
SELECT id, (blocked OR credit_limit IS NULL) AS careful FROM customers

-- name: a word for a boolean
SELECT id, IIF(blocked, 'blocked', 'free') AS state FROM customers

-- name: a bare number as a condition
SELECT id FROM invoices WHERE dunning_level
-- instead:
SELECT id FROM invoices WHERE dunning_level <> 0

-- name: bits
SELECT id FROM invoices WHERE dunning_level & 1
-- instead:
SELECT id FROM invoices WHERE dunning_level & 1 = 1

-- name: rounding up to boxes
SELECT id, (reorder_point + 11) / 12 AS boxes FROM products
-- instead:
SELECT id, CAST(reorder_point + 11 AS REAL) / 12 AS boxes FROM products

-- name: integer division
SELECT id, payment_days / 7 AS weeks, payment_days % 7 AS days FROM customers

-- name: sign and absolute value
SELECT id, ABS(quantity) AS size, CASE WHEN quantity < 0 THEN 'out' ELSE 'in' END AS way FROM stock_moves

-- name: unary minus on a sum
SELECT -SUM(quantity) AS outgoing FROM stock_moves WHERE kind = 'issue'

-- name: text comparison of keys
SELECT id FROM products WHERE id >= 'P010' AND id < 'P020'
-- by hand:
SELECT id FROM products WHERE tenant_id = ? AND id >= 'P010' AND id < 'P020'

-- name: quoted names
SELECT "id", "name" AS "Customer name" FROM "customers" WHERE "kind" = 'chain'

-- name: names in brackets
SELECT [id], `name` FROM customers WHERE [kind] = 'chain'
-- instead:
SELECT "id", "name" FROM customers WHERE "kind" = 'chain'

-- name: double-quoted string
SELECT id FROM customers WHERE kind = "chain"
-- instead:
SELECT id FROM customers WHERE kind = 'chain'

-- name: comment in the text
SELECT id /* the key */ FROM customers WHERE blocked -- only these

-- name: named placeholder
-- args: text:C003
SELECT name FROM customers WHERE id = :id
-- instead:
SELECT name FROM customers WHERE id = ?

-- name: numbered placeholder used twice
-- args: text:%a%
SELECT id FROM customers WHERE name LIKE ?1 OR email LIKE ?1
-- otherwise: two plain ? and the argument twice

-- name: now
SELECT COUNT(*) AS n FROM invoices WHERE due_at < datetime('now')
-- otherwise: pass the time of the clock that the host trusts

-- name: current timestamp
SELECT CURRENT_TIMESTAMP AS now
-- otherwise: pass the time of the clock that the host trusts

-- name: random choice
SELECT id FROM customers ORDER BY random() LIMIT 1
-- plain:
SELECT id FROM customers ORDER BY id LIMIT 1 OFFSET 3
-- instead:
SELECT id FROM customers ORDER BY id LIMIT 1 OFFSET 3

-- name: last inserted row
SELECT last_insert_rowid()
-- otherwise: RETURNING

-- name: rowid
SELECT rowid, id FROM customers
-- otherwise: the key; tables have no rowid

-- name: type of a value
SELECT typeof(list_price) FROM products
-- otherwise: the type is known when the host compiles

-- name: hexadecimal
SELECT id, HEX(name) AS bytes FROM customers WHERE id = 'C001'

-- name: VALUES alone
VALUES (1, 'one'), (2, 'two')

-- name: constants
SELECT 1 AS one, 'text' AS word, NULL AS none, 2.5 AS half, x'00ff' AS bytes

-- name: correlated EXISTS in the select list
SELECT p.id, EXISTS (SELECT 1 FROM stock s WHERE s.product_id = p.id AND s.on_hand > 0) AS in_stock FROM products p
-- by hand:
SELECT p.id, EXISTS (SELECT 1 FROM stock s WHERE s.tenant_id = ? AND s.product_id = p.id AND s.on_hand > 0) AS in_stock FROM products p WHERE p.tenant_id = ?

-- name: nested correlation
SELECT c.id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.unit_price > 100))
-- by hand:
SELECT c.id FROM customers c WHERE c.tenant_id = ? AND EXISTS (SELECT 1 FROM orders o WHERE o.tenant_id = ? AND o.customer_id = c.id AND EXISTS (SELECT 1 FROM order_lines l WHERE l.tenant_id = ? AND l.order_id = o.id AND l.unit_price > 100))

-- name: seven tables
SELECT c.name, o.id, l.line_no, p.name AS product, k.name AS category, s.name AS supplier, t.rate FROM customers c JOIN orders o ON o.customer_id = c.id JOIN order_lines l ON l.order_id = o.id JOIN products p ON p.id = l.product_id LEFT JOIN categories k ON k.id = p.category_id LEFT JOIN suppliers s ON s.id = p.supplier_id JOIN tax_codes t ON t.code = l.tax_code WHERE o.status = 'open'

