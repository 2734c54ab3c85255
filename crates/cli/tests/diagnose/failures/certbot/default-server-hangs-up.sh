# The default server closes the connection.
# message: connection-closed
# today: stands
# options: --webroot /var/www/html
site <<'END'
server {
    listen 80 default_server;
    return 444;
}
server {
    listen 80;
    server_name www.example.com;
    root /var/www/html;
}
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
