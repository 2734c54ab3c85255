# nginx names one of two names no more, but the default server serves it from the same directory.
# renewal: works
# nginx: has the new certificate
# says:
site <<'END'
server { listen 80; server_name example.com www.example.com; root /var/www/html; }
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com \
    --domain www.example.com
enable tls
