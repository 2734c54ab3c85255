# curl meets plain HTTP on port 443.
# message: tls-port-speaks-http
# today: stands
# rules: listen-without-ssl
openssl req -x509 -newkey rsa:2048 -nodes -keyout /etc/ssl/site.key -out /etc/ssl/site.pem -days 30 \
    -subj /CN=example.com -addext subjectAltName=DNS:example.com >/dev/null 2>&1
site <<'END'
server {
    listen 443;
    server_name example.com;
    ssl_certificate /etc/ssl/site.pem;
    ssl_certificate_key /etc/ssl/site.key;
}
END
sleep 0.3
curl --silent --show-error --resolve example.com:443:127.0.0.1 https://example.com/
