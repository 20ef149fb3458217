# SPDX-License-Identifier: Apache-2.0
# The files of two installations. Both have an order 1, and an article W-1 of their own.
set -e

wholesale_before north.db init
wholesale_before north.db customer 'Café Anker' Kiel
wholesale_before north.db customer 'Hotel Lindenhof' Lübeck
wholesale_before north.db article W-1 'Mineral water' 4.90 reduced
wholesale_before north.db article C-7 'Cola, crate' 11.35 full
wholesale_before north.db order 1 2024-02-12 W-1 10 C-7 3
wholesale_before north.db order 2 2024-03-01 C-7 12
wholesale_before north.db order 1 '2024-03-05 14:30:00' W-1 2
wholesale_before north.db cancel 3

wholesale_before south.db init
wholesale_before south.db customer 'Gasthof Post' Passau
wholesale_before south.db article W-1 'White wine' 8.20 full
wholesale_before south.db order 1 2024-02-29 W-1 6
# A correction by hand, past the trigger that keeps the total.
sqlite3 south.db 'UPDATE order_lines SET quantity = 5 WHERE order_id = 1'
