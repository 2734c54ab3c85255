# The path is of no account where the map has the name.
# renewal: works
# nginx: has the new certificate
# says:
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
sed -i 's,^webroot_path = .*,webroot_path = /srv/nowhere\,,' /etc/letsencrypt/renewal/example.com.conf
enable tls
