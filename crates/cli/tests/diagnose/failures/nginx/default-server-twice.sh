# nginx -t over two default servers.
# message: listen-twice
# today: stands
# rules: listen-duplicated
printf 'server { listen 80 default_server; }\nserver { listen 80 default_server; }\n' >/etc/nginx/sites-enabled/other
nginx -t
