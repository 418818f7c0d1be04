-- Homer keeps its settings apart from what it has captured, and makes the tables of both by itself.
CREATE DATABASE homer_config;
CREATE DATABASE homer_data;
