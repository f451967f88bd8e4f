// Runs one SQL file in DuckDB's npm package (@duckdb/node-api, found by NODE_PATH) where
// there is no DuckDB CLI. usage: node duckdb.cjs FILE.sql THREADS
const { DuckDBInstance } = require('@duckdb/node-api');
const fs = require('fs');

(async () => {
	const db = await DuckDBInstance.create(':memory:', { threads: process.argv[3] });
	const connection = await db.connect();
	await connection.run(fs.readFileSync(process.argv[2], 'utf8'));
})().catch((e) => { console.error(String(e)); process.exit(1); });
