-- The table of external servers as ToolDock v1 makes it, with one row of every kind.
create table external_fastmcp_servers (
  id integer primary key, server_name varchar(255) not null, namespace varchar(64) not null unique, version varchar(64),
  install_method varchar(32) not null, package_info json, repo_url text, entrypoint text, startup_command text, command_args json,
  env_vars json, config_yaml text, transport_type varchar(16) not null default 'stdio', server_url text, port integer, venv_path text,
  status varchar(32) not null default 'stopped', pid integer, last_error text, auto_start boolean not null default 0,
  package_type varchar(32), source_url text, created_at datetime, updated_at datetime
);
create table external_registry_cache (server_name varchar(255) primary key, latest_version varchar(64), metadata_json json, updated_at datetime);

insert into external_fastmcp_servers (server_name, namespace, install_method, startup_command, command_args, env_vars, auto_start, package_type) values
  ('ToolDock Installer', 'tooldock-installer', 'manual', 'python', '["-m", "app.installer"]', '{"PYTHONPATH": "/app"}', 1, 'system'),
  ('Journal', 'journal', 'manual', 'node', '["/srv/notes.js", "--flag", "two words"]', '{"API_TOKEN": "planted-secret", "LEVEL": 3}', 1, 'manual'),
  ('Time', 'time', 'package', 'uvx', '["mcp-server-time==1.0.0"]', null, 1, 'pypi'),
  ('Files', 'files', 'package', 'npx', '["-y", "@scope/files@2.0.0", "/srv"]', '{}', 0, 'npm'),
  ('Shell', 'shell', 'manual', 'bash', '["-c", "id"]', null, 0, 'manual'),
  ('Cloned', 'cloned', 'manual', 'python', '["/data/external/servers/cloned/main.py"]', null, 0, 'manual'),
  ('Preload', 'preload', 'manual', 'node', '["/srv/a.js"]', '{"LD_PRELOAD": "/evil.so"}', 0, 'manual'),
  ('Broken', 'broken', 'manual', 'node', 'no json', null, 0, 'manual');
insert into external_fastmcp_servers (server_name, namespace, install_method, startup_command, command_args, venv_path, package_type) values
  ('Environment', 'environment', 'config', 'python', '["-m", "thing"]', '/data/venvs/environment', null);
insert into external_fastmcp_servers (server_name, namespace, install_method, transport_type, server_url) values
  ('Far', 'far', 'manual', 'http', 'https://mcp.example.com/mcp');
insert into external_fastmcp_servers (server_name, namespace, install_method, repo_url, entrypoint, startup_command, command_args, package_type) values
  ('Repo', 'repo', 'repo', 'https://github.com/someone/server', 'main.py', 'python', '["/data/external/servers/repo/main.py"]', 'repo');
