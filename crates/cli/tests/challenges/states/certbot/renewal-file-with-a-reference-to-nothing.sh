# A percent sign starts a reference to a key that is not there.
# renewal: missing option "site" in interpolation
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
sed -i 's,^webroot_path = .*,webroot_path = /var/www/%(site)s\,,' /etc/letsencrypt/renewal/example.com.conf
